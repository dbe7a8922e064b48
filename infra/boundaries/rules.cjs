/**
 * Rules of dependency-cruiser from the matrix (`matrix.json`): for each row, what the sources of a workspace may import of
 * this repository. Tests may import whatever their workspace declares (`declared.ts`).
 */
const { rows, tools, development } = require("./matrix.json")

/** Where a name of the matrix lies: all lie under packages/ but the contracts. */
const placeOf = (name) => (name === "schemas" ? "schemas" : `packages/${name}`)

/** Paths that the row's own sources lie under. `services/*` is each service by itself; `$1` is its name in a rule. */
const sourcesOf = ({ who }) => (who === "services/*" ? "^services/([^/]+)/src/" : `^${who}/src/`)

const OURS = `^(packages|services|schemas|${tools.join("|")})/`

/** What the row forbids, as the paths and exceptions of a rule's `to`. */
const forbiddenOf = (row) => {
  const own = row.who === "services/*" ? "services/$1" : row.who
  if (row.may !== undefined) return { path: OURS, pathNot: `^(${[own, ...row.may.map(placeOf)].join("|")})/` }
  const places = [...tools, ...row.mayNot.map(placeOf), ...(row.services ? [] : ["services"])]
  return { path: `^(${places.join("|")})/`, pathNot: `^${own}/` }
}

/** The rule's name, which a report shows. */
const nameOf = ({ who }) => `imports-of-${who.replace("packages/", "").replace("/*", "")}`

const matrixRules = rows.map((row) => ({
  name: nameOf(row),
  comment: `infra/boundaries/matrix.json: ${row.who}`,
  severity: "error",
  from: { path: sourcesOf(row) },
  to: forbiddenOf(row),
}))

/** Sources that only tests run: they may use development dependencies, and no other source may use them. */
const developmentRule = {
  name: "production-imports-no-development",
  comment: "A production install does not have what these import.",
  severity: "error",
  from: { path: "^(packages|services|schemas)/.*src/", pathNot: `^(${development.join("|")})` },
  to: { path: `^(${development.join("|")})` },
}

module.exports = { matrixRules, developmentRule, nameOf, rows, placeOf }
