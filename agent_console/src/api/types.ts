/** The server's shapes, from the generated `schema.ts`. Times are epoch seconds, durations seconds. */

import type { components } from "./schema";

/** What the server sends has every field; OpenAPI calls those with a default optional. */
export type Sent<T> = T extends readonly (infer Each)[]
  ? Sent<Each>[]
  : T extends object
    ? { [Field in keyof T]-?: Sent<T[Field]> }
    : T;
export type Shape<Name extends keyof components["schemas"]> = Sent<components["schemas"][Name]>;

export type User = Shape<"User">;
export type Language = User["language"];
export type Role = User["roles"][number];
export type Session = Shape<"SessionBody">;
export type Bilingual = Shape<"Names">;
export type Coded = Shape<"NamedCode">;
export type CatalogueQueue = Shape<"CatalogueQueue">;
export type Catalogue = Shape<"Catalogue">;
export type CustomerSummary = Shape<"CustomerLine">;
export type Customer = Shape<"Customer">;
export type CustomerFile = Shape<"CustomerFile">;
export type Merge = Shape<"Merge">;
export type MergePreview = Shape<"MergePreview">;
export type FieldMerge = Shape<"FieldMerge">;
export type Organisation = Shape<"Organisation">;
export type RecordDraft = Shape<"RecordDraft">;
export type RecordCheck = Shape<"RecordCheck">;
export type Destination = Shape<"Destination">;
export type Interaction = Shape<"Interaction">;
export type InteractionStory = Shape<"Story">;
export type RecordedEvent = Shape<"RecordedBody">;
export type ContactRecordings = Shape<"ContactRecordings">;
export type CallRecording = Shape<"RecordingBody">;
export type QueueRouting = Shape<"QueueRouting">;
export type RoutingBoard = Shape<"Routing">;
export type RoutingChange = components["schemas"]["RoutingChange"];
export type Callback = Shape<"Callback">;
export type SimulationOrder = components["schemas"]["SimulationOrder"];
export type SimulationSummary = Shape<"SimulationSummary">;
export type SimulationList = Shape<"SimulationList">;
export type SimulationDetail = Shape<"SimulationDetail">;
export type SimulationOutcomes = Shape<"Outcomes">;
export type ServiceReport = Shape<"ServiceReport">;
export type Portrait = Shape<"Portrait">;
export type Profile = Shape<"Profile">;
export type Theory = Shape<"Theory">;
export type Relationship = Shape<"Relationship">;
export type Worth = Shape<"Worth">;
export type Ceiling = Shape<"Ceiling">;
export type Estimate = Shape<"Estimate">;
export type TimelinePage = Shape<"TimelinePage">;
export type Moment = TimelinePage["moments"][number];
export type MomentKind = Moment["kind"];
export type RepairLine = Shape<"RepairLine">;
export type FigureReport = Shape<"FigureReport">;
export type BaseFigures = Shape<"BaseFigures">;
export type Share = BaseFigures["stable"];
export type TierReport = Shape<"TierReport">;
export type TierService = Shape<"TierService">;
export type Means = Shape<"Means">;
export type Suggestion = Shape<"Suggestion">;
export type RemedyKind = Shape<"Remedy">["kind"];
export type Tier = Profile["tier"];
export type Stage = Profile["stage"];
export type Risk = Profile["risks"][number];
export type Reaction = NonNullable<Profile["reaction"]>;
export type Matrix = Shape<"Matrix">;
export type Pyramid = Shape<"Pyramid">;
export type FlowLine = Shape<"Flow">;
export type RunLine = Shape<"RunLine">;
export type Members = Shape<"Members">;
export type Member = Shape<"Member">;
export type PolicySheet = Shape<"PolicySheet">;
export type PolicyVersion = Shape<"PolicyVersion">;
export type PolicyCheck = Shape<"PolicyCheck">;
export type PolicyParameter = Shape<"Parameter">;
export type PolicyWords = Shape<"Words">;
export type PolicyFault = Shape<"Fault">;
export type Difference = Shape<"Difference">;
export type PreviewState = Shape<"PreviewState">;
export type PolicyValue = PolicyParameter["value"];
