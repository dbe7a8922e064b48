/** A counting stage with a mistake of ours in it. */
import type { AnyStage, Logic } from "@assay/trust"
import { countingLogic, countingStage } from "./counting.ts"

/** Fails wherever `fails` says so. */
export const failingStage = (
  fails: (entry: { readonly kind: string; readonly device: string }) => boolean,
): AnyStage => {
  // biome-ignore lint/suspicious/noExplicitAny: as in AnyStage
  const logic: Logic<any, any, any> = countingLogic(1)
  return {
    ...countingStage(),
    logic: new Map([
      [
        1,
        {
          judge: (entry, state, facts, states) => {
            if (fails({ kind: "message", device: entry.message.key })) throw new Error("a mistake of ours")
            return logic.judge(entry, state, facts, states)
          },
          apply: (entry, states, facts) => {
            if (fails({ kind: entry.kind, device: "" })) throw new Error("a mistake of ours")
            return logic.apply(entry, states, facts)
          },
        },
      ],
    ]),
  }
}
