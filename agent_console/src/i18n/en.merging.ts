/** Why the core refuses to merge records, take them apart, or reckon the base. */
export const enMerging = {
  "refused.same_customer": "A customer cannot be merged with himself.",
  "refused.split_already": "These records have been taken apart already.",
  "refused.later_merge": "Another record was merged into this one later: take that one apart first.",
  "refused.no_record": "The merged record is not known here.",
  "refused.night_running": "The base is being reckoned already.",
} as const;
