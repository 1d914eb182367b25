/** The CTI event union, and the part of it that belongs to a contact. */

import type { RecordedEvent } from "./types";

export type CtiEvent = RecordedEvent["event"];
export type ContactEvent = Extract<CtiEvent, { contact: string }>;
