import { type Attack, quarantinedBy } from "../attack.ts"

export const borrowedCredential: Attack = {
  name: "borrowed-credential",
  title: "A device presents the credential of another device",
  category: "credential",
  expect: quarantinedBy("credential", "credential.holder_mismatch"),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device("victim")
    const thief = scene.device("thief", { credential: { kind: "none" } })
    yield* scene.learn(victim)
    yield scene.attempt(thief.did, thief.presentation(victim.profile.credentials))
    yield scene.attempt(thief.did, thief.message(), quarantinedBy("credential", "credential.missing"))
    yield* scene.staysTrusted(victim)
  },
}
