import { describe, expect, it } from "vitest"
import { adviceOn } from "../src/advice.ts"

const MISSING = "credential.bundle_missing"

describe("advice on decisions", () => {
  it("is none where nothing was withheld", () => {
    expect(
      adviceOn(
        [
          { origin: "1/0/1", outcome: "verified", reasons: [] },
          { origin: "1/0/2", outcome: "annotated", reasons: ["anomaly.learning"] },
        ],
        "the messages",
      ),
    ).toEqual([])
  })

  it("names the most frequent reasons first, what to do, and where more is reported", () => {
    const lines = adviceOn(
      [
        { origin: "1/0/1", outcome: "quarantined", reasons: ["segmentation.policy_missing", MISSING] },
        { origin: "1/0/2", outcome: "quarantined", reasons: [MISSING, "anomaly.learning"] },
        { origin: "1/0/3", outcome: "verified", reasons: [] },
        { origin: "1/0/4", outcome: "rejected", reasons: ["identity.malformed_jws"] },
        { origin: "1/0/5", outcome: "verified", reasons: [] },
      ],
      "the messages",
    )
    expect(lines[0]).toBe("3 of the messages (5) withheld, that is quarantined or rejected:")
    expect(lines[1]).toContain(`2 for ${MISSING}: `)
    expect(lines[2]).toContain("assay bundle activate FILE --wait")
    expect(lines.join("\n")).toContain("assay policy activate FILE --wait")
    expect(lines.join("\n")).not.toContain("anomaly.learning") // a warning withholds nothing
    expect(lines.at(-1)).toBe("more about the last one: assay explain 1/0/4")
  })
})
