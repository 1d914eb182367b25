/** What a new flow begins with. Pure. */

import type { FlowDetail } from "../api/flows";

export const TEMPLATE = `languages: [en, zh]
start: welcome

prompts:
  welcome:
    en: Welcome. Goodbye.
    zh: 欢迎致电，再见。

nodes:
  welcome:
    kind: say
    say: welcome
    next: end

  end:
    kind: hangup
`;

export function newFlow(name: string): FlowDetail {
  return {
    name,
    title: name,
    numbers: [],
    languages: [],
    version: "",
    origin: "draft",
    deployed: null,
    draft_at: null,
    draft_by: "",
    source: TEMPLATE,
    drawing: null,
    draft: null,
    history: [],
    in_folder: "",
    has_tests: false,
  };
}
