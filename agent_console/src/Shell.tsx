/** The console of a logged-in user: feed and phone for as long as the session lasts, header, routes. */

import { App, Spin } from "antd";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Link, Navigate, Route, Routes, useLocation } from "react-router";
import { client, Problem } from "./api/client";
import type { Catalogue, User } from "./api/types";
import { ownKeys } from "./keys/ownKeys";
import { DeviceCheck } from "./phone/deviceCheck";
import { Softphone } from "./phone/softphone";
import { AgentDesk } from "./screens/AgentDesk";
import { FeedConnection } from "./state/feedConnection";
import { ConsoleScope, problemText, useText } from "./ui/context";
import { DialBox } from "./ui/dial/DialDialog";
import { Header } from "./ui/Header";
import { StaleBanner } from "./ui/StaleBanner";
import { administers, oversees } from "./ui/roles";

// The agent's desk comes at once; what is opened now and then comes when it is opened.
const Callbacks = lazy(async () => ({ default: (await import("./screens/Callbacks")).Callbacks }));
const Customer = lazy(async () => ({ default: (await import("./screens/Customer")).Customer }));
const Customers = lazy(async () => ({ default: (await import("./screens/Customers")).Customers }));
const FlowPage = lazy(async () => ({ default: (await import("./screens/FlowPage")).FlowPage }));
const Flows = lazy(async () => ({ default: (await import("./screens/Flows")).Flows }));
const Interactions = lazy(async () => ({ default: (await import("./screens/Interactions")).Interactions }));
const Notices = lazy(async () => ({ default: (await import("./screens/Notices")).Notices }));
const PolicyEditor = lazy(async () => ({ default: (await import("./screens/PolicyEditor")).PolicyEditor }));
const NewRecord = lazy(async () => ({ default: (await import("./screens/RecordForm")).NewRecord }));
const ChangedRecord = lazy(async () => ({ default: (await import("./screens/RecordForm")).ChangedRecord }));
const Repairs = lazy(async () => ({ default: (await import("./screens/Repairs")).Repairs }));
const Reports = lazy(async () => ({ default: (await import("./screens/Reports")).Reports }));
const Routing = lazy(async () => ({ default: (await import("./screens/Routing")).Routing }));
const Simulations = lazy(async () => ({ default: (await import("./screens/Simulations")).Simulations }));
const Segments = lazy(async () => ({ default: (await import("./screens/Segments")).Segments }));
const Wallboard = lazy(async () => ({ default: (await import("./screens/Wallboard")).Wallboard }));

export function Shell({ user, onOut }: { user: User; onOut: (ended: boolean) => void }) {
  const { t } = useText();
  const { message } = App.useApp();
  const [catalogue, setCatalogue] = useState<Catalogue | null>(null);
  const out = useRef(onOut);
  useEffect(() => {
    out.current = onOut;
  });

  const feed = useMemo(
    () =>
      new FeedConnection(() => {
        client.resume().catch((error: unknown) => {
          if (error instanceof Error && "status" in error && error.status === 401) out.current(true);
        });
      }),
    [],
  );
  const phone = useMemo(() => new Softphone((sdp) => client.attachDevice(sdp)), []);
  const check = useMemo(() => new DeviceCheck(phone), [phone]);

  useEffect(() => {
    feed.start();
    const watch = window.setInterval(() => feed.dropIfSilent(), 1000);
    return () => {
      window.clearInterval(watch);
      feed.stop();
    };
  }, [feed]);
  useEffect(() => () => phone.stop(), [phone]);
  useEffect(() => ownKeys.of(user.login), [user.login]);
  useEffect(() => {
    client.onEnded = () => out.current(true);
    return () => {
      client.onEnded = () => undefined;
    };
  }, []);

  useEffect(() => {
    let current = true;
    let retry: number | undefined;
    const load = () => {
      client.catalogue().then(
        (found) => current && setCatalogue(found),
        () => current && (retry = window.setTimeout(load, 3000)),
      );
    };
    load();
    return () => {
      current = false;
      window.clearTimeout(retry);
    };
  }, []);

  const scope = useMemo(
    () => ({
      user,
      feed,
      phone,
      check,
      catalogue,
      logOut: async () => {
        try {
          // The server logs the agent off in the core first and refuses while a call is up.
          await client.logOut();
        } catch (error) {
          if (!(error instanceof Problem) || error.status !== 401) {
            void message.error({ content: problemText(error, t, "logOut"), duration: 6 });
            return;
          }
        }
        sessionStorage.clear();
        out.current(false);
      },
    }),
    [user, feed, phone, check, catalogue, message, t],
  );
  const tv = new URLSearchParams(useLocation().search).has("tv");
  const isAgent = user.agent !== null && user.roles.includes("agent");

  return (
    <ConsoleScope.Provider value={scope}>
      {!tv && <Header />}
      {!tv && <StaleBanner />}
      {isAgent && <DialBox agent={user.agent ?? ""} />}
      <main id="content" className={tv ? "content content-tv" : "content"}>
        <Suspense fallback={<Spin className="starting" />}>
          <Routes>
            <Route
              path="/"
              element={isAgent ? <AgentDesk agent={user.agent ?? ""} /> : <Navigate to="/wallboard" replace />}
            />
            <Route path="/wallboard" element={oversees(user) ? <Wallboard tv={tv} /> : <Navigate to="/" replace />} />
            <Route path="/callbacks" element={oversees(user) ? <Callbacks /> : <Navigate to="/" replace />} />
            <Route path="/reports" element={oversees(user) ? <Reports /> : <Navigate to="/" replace />} />
            <Route path="/flows" element={oversees(user) ? <Flows /> : <Navigate to="/" replace />} />
            <Route path="/flows/:name" element={oversees(user) ? <FlowPage /> : <Navigate to="/" replace />} />
            <Route path="/routing" element={oversees(user) ? <Routing /> : <Navigate to="/" replace />} />
            <Route path="/what-if" element={oversees(user) ? <Simulations /> : <Navigate to="/" replace />} />
            <Route path="/interactions" element={<Interactions />} />
            <Route path="/customers" element={<Customers />} />
            <Route path="/customers/new" element={<NewRecord />} />
            <Route path="/customers/:id" element={<Customer />} />
            <Route path="/customers/:id/edit" element={<ChangedRecord />} />
            <Route path="/repairs" element={<Repairs />} />
            <Route path="/notices" element={<Notices />} />
            <Route path="/segments" element={oversees(user) ? <Segments /> : <Navigate to="/" replace />} />
            <Route path="/policy" element={administers(user) ? <PolicyEditor /> : <Navigate to="/" replace />} />
            <Route
              path="*"
              element={
                <div className="empty-page">
                  <p>{t("nav.notFound")}</p>
                  <Link to="/">{t("nav.home")}</Link>
                </div>
              }
            />
          </Routes>
        </Suspense>
      </main>
    </ConsoleScope.Provider>
  );
}
