import fc from "fast-check"
import { expect, it } from "vitest"
import { encodedOnce } from "../../src/wire/encoded-once.ts"
import { type Writer, writer } from "../../src/wire/writer.ts"

interface Word {
  readonly text: string
}

const plain = (to: Writer, { text }: Word): void => to.string(text)

/** Longer than a slab where the record is, so that it moves between the parts of one object too. */
const words = fc.array(
  fc.oneof(fc.string({ maxLength: 9 }), fc.constantFrom("long ".repeat(9_000), "x".repeat(70_000))),
  {
    minLength: 1,
    maxLength: 80,
  },
)

const encode = (write: (to: Writer, value: Word) => void, all: ReadonlyArray<Word>): Uint8Array => {
  writer.begin(7)
  for (const one of all) write(writer, one)
  return Uint8Array.from(writer.end())
}

it("writes the same bytes however often an object comes again, and whatever comes between", () => {
  fc.assert(
    fc.property(words, fc.array(fc.nat(), { maxLength: 200 }), (texts, turns) => {
      const objects = texts.map((text) => ({ text }))
      const order = turns.map((turn) => objects[turn % objects.length]!)
      const write = encodedOnce(plain)
      expect(Buffer.compare(encode(write, order), encode(plain, order))).toBe(0)
    }),
    { numRuns: 60 },
  )
})

it("encodes an object that comes again twice and no more, while others come once", () => {
  let times = 0
  const often = { text: "often" }
  const write = encodedOnce<Word>((to, value) => {
    if (value === often) times++
    plain(to, value)
  })
  for (let n = 0; n < 100; n++) encode(write, [often, { text: `${n}` }])
  expect(times).toBe(2)
})

it("keeps nothing of an object that could not be written", () => {
  let fails = true
  const write = encodedOnce<Word>((to, { text }) => {
    to.string(text)
    if (fails) throw new RangeError("no")
  })
  const word = { text: "word" }
  for (let n = 0; n < 3; n++) expect(() => encode(write, [word])).toThrow(RangeError)
  fails = false
  for (let n = 0; n < 4; n++) expect(encode(write, [word])).toEqual(encode(plain, [word]))
})
