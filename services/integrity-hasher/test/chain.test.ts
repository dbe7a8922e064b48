import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type IntegrityState, WINDOW } from "../src/state.ts"
import { after, chainOf, digestOf, type Link } from "./device.ts"

/** The codes without their prefix, message by message. */
const run = (links: ReadonlyArray<Link>): { codes: Array<Array<string>>; chain: IntegrityState | undefined } => {
  let chain: IntegrityState | undefined
  const codes = links.map((link) => {
    const followed = after(chain, link)
    chain = followed.state
    return followed.reasons.map((code) => code.replace("integrity.chain_", ""))
  })
  return { codes, chain }
}

/** Each message late by at most `late` places. */
const reorder = (links: ReadonlyArray<Link>, delays: ReadonlyArray<number>, late: number): Array<Link> =>
  links
    .map((link, i) => ({ link, at: i + ((delays[i % delays.length] ?? 0) % (late + 1)) }))
    .sort((a, b) => a.at - b.at)
    .map(({ link }) => link)

const delays = fc.array(fc.nat(100), { minLength: 1, maxLength: 200 })

/** With all that ever came in memory: a message passes exactly if the one it names has come. */
const model = (links: ReadonlyArray<Link>): Array<boolean> => {
  const came = new Set<string>()
  return links.map(({ prv, digest }) => {
    came.add(digest)
    return prv === null || came.has(prv)
  })
}

describe("the device's hash chain", () => {
  test("in order, over boots, nothing is said and one digest is kept", () => {
    const { codes, chain } = run(chainOf([40, 1, 1, 100]))
    expect(codes.flat()).toEqual([])
    expect(chain!.digests).toHaveLength(1)
  })

  test("reordering within the window only ever makes a message wait, as the model with full memory says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        delays,
        fc.integer({ min: 0, max: WINDOW - 2 }),
        (length, some, late) => {
          const links = reorder(chainOf([length]), some, late)
          const { codes, chain } = run(links)
          const passes = model(links)
          codes.forEach((found, i) => {
            if (passes[i]) expect(found).toEqual([])
            else expect(["pending", "unknown"]).toContain(found.join())
          })
          expect(chain!.digests).toHaveLength(1)
        },
      ),
      { numRuns: 400 },
    )
  })

  test("so does reordering by two places over a boot", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 6 }),
        delays,
        (lengths, some) => {
          fc.pre(lengths.every((length, i) => i === 0 || length > 4))
          const links = [chainOf(lengths)[0]!, ...reorder(chainOf(lengths).slice(1), some, 2)]
          const { codes } = run(links)
          const passes = model(links)
          codes.forEach((found, i) => {
            expect(found, JSON.stringify(links.map(({ epo, seq }) => [epo, seq]))).toEqual(passes[i] ? [] : ["pending"])
          })
        },
      ),
      { numRuns: 400 },
    )
  })

  test("lost messages wait once, and each run of them is one gap when the window has passed it", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 79 }), { maxLength: 40 }), (lost) => {
        const kept = chainOf([80]).filter(({ seq }) => !lost.includes(seq))
        const { codes } = run(kept)
        kept.forEach(({ seq }, i) => {
          const before = kept[i - 1]?.seq ?? -1
          const leaves = lost.some((gone) => gone <= seq - WINDOW && gone > before - WINDOW && !lost.includes(gone + 1))
          const expected = [...(before === seq - 1 ? [] : ["pending"]), ...(leaves ? ["gap"] : [])]
          expect(codes[i]).toEqual(expected)
        })
      }),
    )
  })

  test("an altered link is named once, wherever it stands, in order or late", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 59 }),
        delays,
        fc.integer({ min: 0, max: WINDOW - 2 }),
        (at, some, late) => {
          const links = chainOf([60])
          const forged = links.map((link, i) => (i === at ? { ...link, prv: digestOf("other") } : link))
          const { codes } = run([forged[0]!, ...reorder(forged.slice(1), some, late)])
          expect(codes.flat().filter((code) => code === "broken")).toHaveLength(1)
        },
      ),
    )
  })

  const [a, b, c, d] = chainOf([4]) as [Link, Link, Link, Link]
  const other = { ...b, digest: digestOf("other") }
  const boot = { epo: 1, seq: 0, prv: d.digest, digest: digestOf("boot") }
  const cases: Array<[string, Array<Link>, Array<string>]> = [
    ["a device that is met in the middle", [c, d], ["unknown", ""]],
    ["its earlier message comes late and is the awaited one", [c, b, d], ["unknown", "unknown", ""]],
    ["a late message that is not the awaited one", [a, c, other], ["", "pending", "broken"]],
    ["a device that claims to begin, but did before", [a, b, { ...c, prv: null }], ["", "", "broken"]],
    ["a second message on one place is left to identity-resolver", [a, b, other, c], ["", "", "", ""]],
    ["a boot that names the last message of the old epoch", [a, b, c, d, boot], ["", "", "", "", ""]],
    ["a boot overtakes the old epoch's last message", [a, b, c, boot, d], ["", "", "", "pending", ""]],
    ["a boot overtakes the last two, which come in reverse", [a, b, boot, d, c], ["", "", "pending", "pending", ""]],
    ["a boot that begins to count at 5", [a, b, c, d, { ...boot, seq: 5 }], ["", "", "", "", ""]],
    ["a boot that begins anew without a link", [a, { ...boot, prv: null }], ["", "broken"]],
    [
      "an epoch before the last",
      [a, { ...boot, prv: a.digest }, { ...boot, epo: 2, prv: boot.digest }, b],
      ["", "", "", "unknown"],
    ],
    [
      "a message from below the window",
      [a, ...chainOf([40]).slice(20), c],
      ["", "pending", ...Array(14).fill(""), "gap", "", "", "", "", "unknown"],
    ],
  ]
  test.each(cases)("%s", (_name, links, expected) => {
    expect(run(links).codes.map((codes) => codes.join())).toEqual(expected)
  })

  const all = chainOf([9000])
  test("what is kept of a device stays below 16 digests", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 200 }), (steps) => {
        let at = 0
        const { chain } = run(
          steps.map((step) => {
            at = Math.max(0, at + step - 15)
            return all[at]!
          }),
        )
        expect(chain!.digests.length).toBeLessThanOrEqual(WINDOW)
      }),
      { numRuns: 50 },
    )
  })

  test("beyond the safe integers a message is unknown, and the chain stays as it was", () => {
    const most = Number.MAX_SAFE_INTEGER
    const link = (epo: number, seq: number, prv: string | null): Link => ({
      epo,
      seq,
      prv,
      digest: digestOf(`${epo}/${seq}`),
    })
    const links = [link(0, 0, null), link(1, most - 3, digestOf("x"))]
    for (let seq = most - 2; seq <= most; seq += 1) links.push(link(1, seq, digestOf(`1/${seq - 1}`)))
    const { codes, chain } = run(links)
    expect(codes.at(-1)).toEqual(["unknown"])
    expect(chain!.head).toBeLessThanOrEqual(most)
    expect(run([...links, links.at(-1)!]).chain).toEqual(chain)
  })
})
