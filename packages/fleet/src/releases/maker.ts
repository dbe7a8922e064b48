import type { Identity } from "../keys.ts"
import type { Scene } from "../scene.ts"

/** @throws Error where the maker of this world lists nothing: a mistake of the caller */
export const makerOf = ({ world }: Scene): Identity => {
  if (world.maker === null) throw new Error("the maker lists nothing in this world: make it with `maker: true`")
  return world.maker
}
