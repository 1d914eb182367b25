/** How long callers wait: what is expected, and what they were told. In English. */
export const enWaits = {
  "wall.expected": "Expected wait",
  "wall.expectedNow": "at once",
  "wall.expectedRange": "{low} to {high}",
  "story.waitTold": "Was told: place {position}, another {low} to {high}.",
  "story.waitLonger": "Was told it takes longer than said before: place {position}, another {low} to {high}.",
};
