/**
 * Honest kinds that Assay still treats worse than is right, each with the reason. The demo and the evaluation name them as
 * such. Who mends one takes it from this list.
 */

export const STILL_PUNISHED: Readonly<Record<string, string>> = {
  battery:
    "never watched; annotated for some 40 messages after a charge, which lies at another hour and level than on all days before",
  motor: "never watched; annotated when it stands still or starts for the first times",
  "rain-gauge": "never watched; a shower at an hour that was dry on all days before is annotated",
}
