import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { Root } from "./Root";
import "./styles/base.css";
import "./styles/desk.css";
import "./styles/phone.css";
import "./styles/call.css";
import "./styles/dialogs.css";
import "./styles/customer.css";
import "./styles/flows.css";
import "./styles/routing.css";
import "./styles/callbacks.css";
import "./styles/relationship.css";
import "./styles/wallboard.css";

const container = document.getElementById("root");
if (!container) throw new Error("index.html has no #root");
createRoot(container).render(
  <StrictMode>
    <BrowserRouter>
      <Root />
    </BrowserRouter>
  </StrictMode>,
);
