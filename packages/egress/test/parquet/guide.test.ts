/** The guide explains what a check of an export can find. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { EXPORT_FINDINGS } from "../../src/parquet/verify/report.ts"

const GUIDE = readFileSync(new URL("../../../../docs/guides/data-platforms.md", import.meta.url), "utf8")

it.each(EXPORT_FINDINGS)("%s is explained", (kind) => expect(GUIDE).toContain(`\`${kind}\``))
