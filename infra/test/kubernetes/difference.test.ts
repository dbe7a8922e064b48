/** What Kustomize must change, item by item where Kubernetes merges lists. */
import { describe, expect, it } from "vitest"
import { differenceOf } from "../../kubernetes/manifests/difference.ts"

describe("the difference of two manifests", () => {
  it.each([
    ["nothing", { a: 1, b: [1] }, { b: [1], a: 1 }, null],
    ["a field that changes, comes and goes", { a: 1, b: 2 }, { a: 3, c: 4 }, { a: 3, c: 4, b: null }],
    ["a field within a field", { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    ["a list that is replaced", { args: ["a", "b"] }, { args: ["a"] }, { args: ["a"] }],
    [
      "an item that changes, comes and goes",
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
      {
        env: [
          { name: "A", value: "3" },
          { name: "C", value: "4" },
        ],
      },
      {
        env: [
          { name: "A", value: "3" },
          { name: "C", value: "4" },
          { name: "B", $patch: "delete" },
        ],
      },
    ],
    [
      "the same items in another order",
      { volumes: [{ name: "a" }, { name: "b" }] },
      { volumes: [{ name: "b" }, { name: "a" }] },
      null,
    ],
    [
      "ports of a container, and those of a rule, which has no key",
      { ports: [{ containerPort: 1, name: "a" }], from: { ports: [{ port: 1 }, { protocol: "UDP" }] } },
      { ports: [{ containerPort: 2, name: "a" }], from: { ports: [{ protocol: "UDP" }] } },
      {
        ports: [
          { containerPort: 2, name: "a" },
          { containerPort: 1, $patch: "delete" },
        ],
        from: { ports: [{ protocol: "UDP" }] },
      },
    ],
  ])("%s", (_what, base, target, patch) => {
    expect(differenceOf(base, target)).toEqual(patch)
  })
})
