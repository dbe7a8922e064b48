import { type Attack, rejectedFor } from "../attack.ts"
import { signOddly } from "../token.ts"

const TYPES = ["m2m-control+jwt", "m2m-endorsement+jwt", "vc+jwt", "JWT", "M2M-Message+JWT"]

export const otherTyp: Attack = {
  name: "other-typ",
  title: "A token of another type, rightly signed, is handed in as a message",
  category: "forgery",
  expect: rejectedFor("identity.typ_refused"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    const { identity } = victim.profile
    yield* scene.learn(victim)
    for (const typ of TYPES)
      yield scene.attempt(
        victim.did,
        signOddly(identity, { alg: identity.alg, kid: identity.kid, typ }, victim.payload()),
      )
    yield* scene.staysTrusted(victim)
  },
}
