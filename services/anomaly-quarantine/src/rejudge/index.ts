/** What a command that plans a rejudgement must know. */
export { fateOf, type Stays } from "./fate.ts"
export { openShown } from "./shown-credential.ts"
export { needsCredential, REJUDGEABLE } from "./standing.ts"
export { FAULT } from "./undecided.ts"
