/** Who is where in the flows, asked every second while the page is looked at. */

import { useEffect, useState } from "react";
import { flowApi, type LiveFlow } from "../api/flows";

const EVERY_MS = 1000;

export function useLive(): LiveFlow[] | null {
  const [live, setLive] = useState<LiveFlow[] | null>(null);
  useEffect(() => {
    let current = true;
    let asking = false;
    const ask = () => {
      if (asking || document.hidden) return;
      asking = true;
      flowApi
        .live()
        .then(
          (found) => current && setLive(found),
          () => current && setLive(null),
        )
        .finally(() => (asking = false));
    };
    ask();
    const timer = window.setInterval(ask, EVERY_MS);
    return () => {
      current = false;
      window.clearInterval(timer);
    };
  }, []);
  return live;
}
