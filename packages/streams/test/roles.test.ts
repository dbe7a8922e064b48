import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { SIEM_STREAMS, STAGE_STREAMS, STREAMS } from "../src/names.ts"
import { ROLES } from "../src/roles.ts"
import { ALL_STREAMS } from "../src/specs.ts"

const rolesWith = (field: "read" | "write", stream: string): ReadonlyArray<string> =>
  Object.keys(ROLES).filter((name) => ROLES[name]![field].includes(stream))

describe("the roles", () => {
  it("name streams that there are, each once", () => {
    for (const { read, write } of Object.values(ROLES))
      for (const streams of [read, write]) {
        expect(new Set(streams).size).toBe(streams.length)
        expect(streams.filter((stream) => !ALL_STREAMS.includes(stream))).toEqual([])
      }
  })

  it("let each stage read its input and write its output", () => {
    for (const stage of STAGES) {
      const { read, write } = ROLES[SERVICE_NAMES[stage]]!
      const { input, output } = STAGE_STREAMS[stage]
      expect(read).toContain(input)
      if (output !== null) expect(write).toContain(output)
    }
  })

  it("let nobody decide but the last stage, and nobody sign but the sealer", () => {
    for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined, STREAMS.revoked])
      expect(rolesWith("write", stream)).toEqual(["anomaly-quarantine", "chained"])
    expect(rolesWith("write", STREAMS.checkpoints)).toEqual(["sealer"])
  })

  it("commit only for groups that they are members of, and no two for one", () => {
    const owners = Object.values(ROLES).flatMap(({ groups, commits }) => {
      for (const group of commits) expect(groups).toContain(group)
      return groups
    })
    expect(new Set(owners).size).toBe(owners.length)
  })

  it("let one write what SIEMs read, and that role nothing else", () => {
    for (const stream of SIEM_STREAMS) expect(rolesWith("write", stream)).toEqual(["siem-topics"])
    expect(ROLES["siem-topics"]).toMatchObject({ write: SIEM_STREAMS, commits: [], cells: "read" })
  })

  it("let sinks neither write nor commit; in the cells they read what the log itself is", () => {
    for (const name of ["siem", "data-platform", "whatif", "anchor"])
      expect(ROLES[name]).toMatchObject({ write: [], groups: [], commits: [], cells: "read", administers: false })
  })
})
