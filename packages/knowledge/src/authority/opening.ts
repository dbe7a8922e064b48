/** What travels beside a command's signed tokens: an element that is no token, whose hash the signed target holds. */
import { hash } from "node:crypto"

/** What an opening begins with. */
export const MARK = "~"

export const hashOfOpening = (opening: string): string => hash("sha256", opening, "base64url")

/** The elements of a command: signed tokens, and at most one opening. */
export const splitOpening = (
  elements: ReadonlyArray<string>,
): { readonly tokens: ReadonlyArray<string>; readonly openings: ReadonlyArray<string> } => ({
  tokens: elements.filter((element) => !element.startsWith(MARK)),
  openings: elements.filter((element) => element.startsWith(MARK)),
})
