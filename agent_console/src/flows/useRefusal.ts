/** An act whose refusal is told beside it: the server's sentence says what is wrong with the flow. */

import { useCallback, useState } from "react";
import { Problem } from "../api/client";
import { problemText, useText } from "../ui/context";

export function useRefusal() {
  const { t } = useText();
  const [refused, setRefused] = useState("");
  const attempt = useCallback(
    async (act: () => Promise<unknown>): Promise<boolean> => {
      setRefused("");
      try {
        await act();
        return true;
      } catch (error) {
        const why = error instanceof Problem && error.status === 409 ? ` ${error.detail}` : "";
        setRefused(problemText(error, t) + why);
        return false;
      }
    },
    [t],
  );
  return { refused, attempt };
}
