/** An item in force is not what the pinned roots allow. A person must look: nothing can be judged under it. */
export class UntrustedKnowledge extends Error {
  override name = "UntrustedKnowledge"
}
