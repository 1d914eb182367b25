/** REST calls about records as people write them: files, drafts, organisations. */

import { client, queryText } from "./client";
import type { Customer, CustomerFile, Merge, MergePreview, Organisation, RecordCheck, RecordDraft } from "./types";

const part = encodeURIComponent;

export const records = {
  file: (id: string): Promise<CustomerFile> => client.call("GET", `/customers/${part(id)}/file`),
  /** What is wrong with a draft of the record `id` (of a new one when null), and who else has its numbers. */
  check: (draft: RecordDraft, id: string | null): Promise<RecordCheck> =>
    client.call("POST", `/customers/check${queryText({ id: id ?? undefined })}`, draft),
  make: (draft: RecordDraft): Promise<Customer> => client.call("POST", "/customers", draft),
  /** Refused when somebody changed the record since `version`. */
  change: (id: string, version: number, draft: RecordDraft): Promise<Customer> =>
    client.call("PUT", `/customers/${part(id)}`, { version, record: draft }),
  async organisations(search: string): Promise<Organisation[]> {
    return (await client.call<{ organisations: Organisation[] }>("GET", `/organisations${queryText({ search })}`))
      .organisations;
  },
  makeOrganisation: (name: string): Promise<Organisation> => client.call("POST", "/organisations", { name }),
  /** What a merge would do; nothing is changed. */
  mergePreview: (kept: string, absorb: string): Promise<MergePreview> =>
    client.call("GET", `/customers/${part(kept)}/merge${queryText({ absorb })}`),
  merge: (kept: string, absorb: string, reason: string): Promise<Merge> =>
    client.call("POST", `/customers/${part(kept)}/merge`, { absorb, reason }),
  split: (merge: string, reason: string): Promise<Merge> =>
    client.call("POST", `/merges/${part(merge)}/split`, { reason }),
  addNote: (id: string, text: string): Promise<unknown> =>
    client.call("POST", `/customers/${part(id)}/notes`, { text }),
};
