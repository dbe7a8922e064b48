import { describe, expect, it } from "vitest"
import { STREAM_SCHEMAS, subjectsOf } from "../../src/registry/index.ts"

describe("subjects", () => {
  const streams = Object.fromEntries(Object.keys(STREAM_SCHEMAS).map((key) => [key, `s.${key}.v1`])) as Record<
    keyof typeof STREAM_SCHEMAS,
    string
  >

  it("are named after the topic, and audit streams stay readable both ways", () => {
    const subjects = subjectsOf(streams, "plant1.")
    expect(subjects).toHaveLength(17)
    expect(subjects[0]).toEqual({
      stream: "s.submitted.v1",
      subject: "plant1.s.submitted.v1-value",
      schema: "entry",
      compatibility: "BACKWARD_TRANSITIVE",
    })
    expect(
      subjects.filter(({ compatibility }) => compatibility === "FULL_TRANSITIVE").map(({ schema }) => schema),
    ).toEqual(["audit-event", "checkpoint"])
  })
})
