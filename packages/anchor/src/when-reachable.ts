/** An anchor whose place does not answer yet: it is opened as soon as it does, and nothing else waits for it. */
import type { Anchor, AnchorStatus } from "./anchor.ts"

const nothing = (text: string): AnchorStatus => ({
  confirmed: 0,
  confirmedAt: null,
  pending: null,
  problem: { text, refused: false },
  transactions: null,
})

/**
 * @param isAway whether an error means that the same call may succeed later
 * @throws what else opening does, such as a wrong configuration
 */
export const whenReachable = async (
  name: string,
  open: () => Promise<Anchor>,
  isAway: (cause: unknown) => boolean,
): Promise<Anchor> => {
  let opened: Anchor | null = null
  const attempt = async (): Promise<string | null> => {
    try {
      opened = await open()
      return null
    } catch (cause) {
      if (!isAway(cause)) throw cause
      return (cause as Error).message
    }
  }
  await attempt()
  return {
    get name() {
      return opened?.name ?? name
    },
    advance: async (head) => {
      const problem = opened === null ? await attempt() : null
      return opened === null ? nothing(problem ?? "") : opened.advance(head)
    },
  }
}
