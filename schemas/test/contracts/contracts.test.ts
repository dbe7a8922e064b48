/** The contracts against the standards that they follow, and each against the schema that it is made of. */
import specs from "@asyncapi/specs"
import Ajv from "ajv"
import Ajv2019 from "ajv/dist/2019.js"
import { describe, expect, it } from "vitest"
import { type ContractStream, contractFiles } from "../../src/contracts/index.ts"
import { schemaOf } from "../../src/index.ts"
import { ODCS } from "./odcs-schema.ts"

const stream = (changed: Partial<ContractStream>): ContractStream => ({
  stream: "readings.verified.v1",
  topic: "plant1.readings.verified.v1",
  schema: "reading-row",
  about: "Rows.",
  retentionMs: 30 * 24 * 3_600_000,
  hasEvents: false,
  isInput: false,
  key: ["originEpoch", "originPartition", "originOffset", "position"],
  ...changed,
})

const STREAMS: ReadonlyArray<ContractStream> = [
  stream({}),
  stream({
    stream: "telemetry.submitted.v1",
    topic: "plant1.telemetry.submitted.v1",
    schema: "entry",
    isInput: true,
    key: [],
  }),
  stream({
    stream: "telemetry.verified.v1",
    topic: "plant1.telemetry.verified.v1",
    schema: "assayed-message",
    hasEvents: true,
    key: [],
  }),
  stream({
    stream: "telemetry.annotated.v1",
    topic: "plant1.telemetry.annotated.v1",
    schema: "assayed-message",
    hasEvents: true,
    key: [],
  }),
  stream({
    stream: "audit.events.v1",
    topic: "plant1.audit.events.v1",
    schema: "audit-event",
    retentionMs: -1,
    key: [],
  }),
  stream({
    stream: "chained.state.v1",
    topic: "plant1.chained.state.v1",
    schema: "checkpoint",
    retentionMs: null,
    key: [],
  }),
]

const parsed = (format: Parameters<typeof contractFiles>[0]) =>
  contractFiles(format, STREAMS, "0.1.0").map(({ name, text }) => ({ name, value: JSON.parse(text) }))

describe("the AsyncAPI document", () => {
  const [{ name, value }] = parsed("asyncapi") as [ReturnType<typeof parsed>[number]]

  it("is valid by AsyncAPI's own JSON Schema", () => {
    const ajv = new Ajv.default({ strict: false, validateFormats: false })
    const validate = ajv.compile(specs.schemasWithoutId["3.0.0"] as object)
    expect(validate(value), JSON.stringify(validate.errors?.slice(0, 5), null, 1)).toBe(true)
    expect(validate({ ...value, channels: { a: { address: 7 } } })).toBe(false)
    expect(name).toBe("asyncapi.json")
  })

  it("has each stream with its topic, its direction and the Avro schema itself", () => {
    expect(Object.keys(value.channels)).toEqual(STREAMS.map((one) => one.stream))
    expect(value.channels["readings.verified.v1"].address).toBe("plant1.readings.verified.v1")
    expect(value.operations["receive.telemetry.submitted.v1"].action).toBe("receive")
    expect(value.operations["send.telemetry.verified.v1"].action).toBe("send")
    expect(value.components.messages["reading-row"].payload.schema).toEqual(schemaOf("reading-row"))
    expect(value.components.messages["assayed-message.event"].headers).toEqual({
      $ref: "#/components/schemas/eventHeaders",
    })
  })

  it("refers to nothing that is not there", () => {
    const refs = [...JSON.stringify({ ...value, components: null }).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path!,
    )
    expect(refs.length).toBeGreaterThan(STREAMS.length)
    for (const path of refs) {
      const found = path
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value)
      expect(found, path).toBeDefined()
    }
  })
})

describe("the data contracts", () => {
  const contracts = parsed("odcs")
  const validate = new Ajv2019.default({ strict: false }).compile(ODCS)

  it.each(contracts)("$name is valid by what ODCS 3.1 asks of its members", ({ value }) => {
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true)
  })

  it("are refused where a member is of another form: the check can fail", () => {
    const [{ value }] = contracts as [(typeof contracts)[number]]
    expect(validate({ ...value, kind: "Contract" })).toBe(false)
    const [table] = value.schema
    expect(validate({ ...value, schema: [{ ...table, properties: [{ name: "a", logicalType: "word" }] }] })).toBe(false)
  })

  it("name every column of the row with its type, and the key", () => {
    const [{ value }] = contracts as [(typeof contracts)[number]]
    const columns = value.schema[0].properties as ReadonlyArray<Record<string, unknown>>
    const { fields } = schemaOf("reading-row") as { fields: ReadonlyArray<{ name: string }> }
    expect(columns.map(({ name }) => name)).toEqual(fields.map(({ name }) => name))
    const of = (name: string) => columns.find((column) => column["name"] === name)
    expect(of("measuredAt")).toMatchObject({
      logicalType: "timestamp",
      physicalType: "timestamp-micros",
      required: false,
    })
    expect(of("trust")).toMatchObject({ logicalType: "string", physicalType: "enum", required: false })
    expect(of("originOffset")).toMatchObject({
      logicalType: "integer",
      primaryKey: true,
      primaryKeyPosition: 3,
      required: true,
    })
    expect(value.slaProperties).toEqual([{ property: "retention", value: 30, unit: "d" }])
  })
})

it("the same schemas give the same text: what is exported twice does not differ", () => {
  for (const format of ["json-schema", "asyncapi", "odcs"] as const)
    expect(contractFiles(format, STREAMS, "0.1.0")).toEqual(contractFiles(format, STREAMS, "0.1.0"))
})
