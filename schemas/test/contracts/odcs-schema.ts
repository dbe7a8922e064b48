/**
 * What the Open Data Contract Standard 3.1.0 asks of the members that our contracts have: names, required members, closed sets.
 * Its own JSON Schema is in no package that could be installed here; `standard.long.test.ts` asks its published Python model.
 */
const PROPERTY = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string" },
    logicalType: {
      enum: ["string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"],
    },
    physicalType: { type: "string" },
    required: { type: "boolean" },
    primaryKey: { type: "boolean" },
    primaryKeyPosition: { type: "integer", minimum: 1 },
    description: { type: "string" },
    properties: { type: "array", items: { $ref: "#/$defs/property" } },
    items: { $ref: "#/$defs/item" },
  },
}
const { name: _, ...itemProperties } = PROPERTY.properties

export const ODCS = {
  type: "object",
  required: ["version", "apiVersion", "kind", "id", "status"],
  additionalProperties: false,
  properties: {
    version: { type: "string" },
    apiVersion: { const: "v3.1.0" },
    kind: { const: "DataContract" },
    id: { type: "string" },
    name: { type: "string" },
    status: { enum: ["proposed", "draft", "active", "deprecated", "retired"] },
    domain: { type: "string" },
    description: {
      type: "object",
      additionalProperties: false,
      properties: { usage: { type: "string" }, purpose: { type: "string" }, limitations: { type: "string" } },
    },
    schema: {
      type: "array",
      items: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: {
          name: { type: "string" },
          physicalName: { type: "string" },
          logicalType: { const: "object" },
          physicalType: { enum: ["table", "view", "topic", "file"] },
          description: { type: "string" },
          properties: { type: "array", items: { $ref: "#/$defs/property" } },
          quality: {
            type: "array",
            items: {
              type: "object",
              required: ["metric", "mustBe"],
              additionalProperties: false,
              properties: {
                type: { const: "library" },
                metric: { enum: ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"] },
                mustBe: {},
                arguments: { type: "object" },
              },
            },
          },
        },
      },
    },
    slaProperties: {
      type: "array",
      items: {
        type: "object",
        required: ["property", "value"],
        additionalProperties: false,
        properties: { property: { type: "string" }, value: { type: "number" }, unit: { type: "string" } },
      },
    },
  },
  $defs: { property: PROPERTY, item: { ...PROPERTY, required: [], properties: itemProperties } },
}
