/**
 * Honest kinds that Assay still treats worse than is right, each with the reason. The demo and the evaluation name them as
 * such. Who mends one takes it from this list.
 */

const STEPS = "thresholds count in steps from sample to sample, so they depend on how often is sampled"
const COUNTER = "a counter is judged as if it were a level"
const REPEATS = "a value that rests is taken for a sensor that is stuck"
const SILENCE = "a device that is silent for a week is stale, however seldom it reports"

export const STILL_PUNISHED: Readonly<Record<string, string>> = {
  battery: STEPS,
  "changed-unit": "a known new release opens no time in which values are learned anew",
  "clock-1970": STEPS,
  "clock-ahead": `what claims to be from the future is quarantined as a message; and ${STEPS}`,
  "clock-behind": STEPS,
  "cold-store": STEPS,
  "daily-sine": STEPS,
  "deep-sleeper": STEPS,
  "energy-counter": COUNTER,
  "fridge-plug": STEPS,
  "held-and-released": "the rate is counted by arrival, so that the network makes a flood of what it held",
  "issuer-ahead": STEPS,
  light: REPEATS,
  "monthly-reporter": SILENCE,
  motor: STEPS,
  "office-air": STEPS,
  "offline-by-night": STEPS,
  "outdoor-air": STEPS,
  photovoltaic: `${COUNTER}, and ${REPEATS}`,
  press: STEPS,
  "rain-gauge": REPEATS,
  "rate-change": STEPS,
  rebooting: STEPS,
  "rolled-back-update": STEPS,
  setpoint: REPEATS,
  "sparse-loss": STEPS,
  "steady-counter": COUNTER,
  "store-and-forward": STEPS,
  "swapped-board": STEPS,
  tank: STEPS,
  thermostat: REPEATS,
  valve: REPEATS,
  "water-meter": COUNTER,
  "weekly-reporter": SILENCE,
  "worn-flash": "two messages in one place convict at once; operators name a new beginning (resync)",
}
