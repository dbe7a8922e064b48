import ids from "../../ids.json" with { type: "json" }

/**
 * The schema ids of the embedded engine, fixed in `schemas/ids.json`: an id names one version of one schema for ever.
 * A schema registry gives out ids of its own, which `ids/bound.ts` puts in their place.
 */
export const SCHEMA_IDS = ids
export type SchemaName = keyof typeof ids
