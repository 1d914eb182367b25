import { useRef, useState } from "react";
import type { CallFailed } from "../api/feed";
import type { DeskPart } from "../state/desk";
import { CallPanel } from "./call/CallPanel";
import { draftOf, type Entered, OutcomeForm } from "./OutcomeForm";
import { WrapUpCard } from "./WrapUpCard";

interface Props {
  part: Extract<DeskPart, { kind: "call" | "wrap_up" }>;
  failed: CallFailed | null;
  agent: string;
}

/** One contact from accept to the end of wrap-up: what is typed and chosen stays when the call ends. */
export function WorkColumn({ part, failed, agent }: Props) {
  const work = part.kind === "call" ? part.call : part.wrapUp;
  const [entered, setEntered] = useState<Entered>(() => ({
    disposition: work.disposition,
    note: draftOf(work.contact) ?? work.note,
  }));
  // Who is only asked has nothing to write down; the outcome is the owner's.
  const asked = part.kind === "call" && part.call.role === "consulted";
  const saver = useRef<() => Promise<void>>(() => Promise.resolve());
  return (
    <>
      {part.kind === "call" ? (
        <CallPanel call={part.call} agent={agent} />
      ) : (
        <WrapUpCard wrapUp={part.wrapUp} failed={failed} entered={entered} saver={saver} />
      )}
      {asked ? null : (
        <OutcomeForm
          work={work}
          ended={part.kind === "wrap_up"}
          deadline={part.kind === "wrap_up" ? part.wrapUp.deadline : null}
          onEntered={setEntered}
          saver={saver}
        />
      )}
    </>
  );
}
