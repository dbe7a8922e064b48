/** Every finding of `assay doctor` is caused by a test: the places in the sources that make one, and the tests that cause them. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url))
const TESTS = fileURLToPath(new URL(".", import.meta.url))
const MADE = /\b(?:fail|warn)\)?\(/g
const DEFINED = /^export const .*$/gm

/** By file: how many places make a warning or a failure, and by which test of which file each is caused, in their order. */
const CAUSED: Readonly<Record<string, ReadonlyArray<readonly [test: string, title: string]>>> = {
  "doctor/backend.ts": [["backend", "warns where libsodium was wanted and cannot be used, and says why"]],
  "doctor/directory.ts": [
    ["directory", "the log's key is missing, or others can read it"],
    ["directory", "the log's key is missing, or others can read it"],
    ["directory", "finds a file that others can read, however deep it lies, and says what to do"],
    ["directory", "names the first link, however deep it lies"],
    ["directory", "the log's time may run ahead of the clock by 2 s, and no more"],
  ],
  "doctor/finding.ts": [],
  "doctor/groups.ts": [
    ["groups", "nobody runs a group that ran before"],
    ["groups", "a group is behind"],
    ["groups", "an open transaction holds the same records back at two looks"],
    ["groups", "a partition is without the ticks that its group writes"],
    ["groups", "nobody works on a log on which nobody ever did"],
  ],
  "doctor/knowledge.ts": [
    ["knowledge", "nothing is in force, then in one partition only, then in all"],
    ["knowledge", "it is not signed by the roots that were named"],
    ["knowledge", "partitions have different versions"],
    ["knowledge", "it ends soon, or has ended; and so do the status lists in it"],
    ["knowledge", "it ends soon, or has ended; and so do the status lists in it"],
    ["knowledge", "it ends soon, or has ended; and so do the status lists in it"],
    ["knowledge", "items with a home are broken, or have expired"],
    ["knowledge", "items with a home are broken, or have expired"],
    ["knowledge", "status lists of issuers cannot be opened, or are too old"],
    ["knowledge", "$title has expired, or is another one in each partition"],
    ["knowledge", "status lists of issuers cannot be opened, or are too old"],
  ],
  "doctor/machine.ts": [
    ["machine", "Node %s: %s"],
    ["machine", "names the key that is wrong, and tokens that go over plain HTTP"],
    ["machine", "names the key that is wrong, and tokens that go over plain HTTP"],
    ["machine", "a port on which %s"],
    ["machine", "a port on which %s"],
    ["machine", "%d bytes free of %d GiB: %s"],
    ["machine", "%d bytes free of %d GiB: %s"],
  ],
  "doctor/members.ts": [],
  "doctor/outside-files.ts": [
    ["outside-files", "files outside the data directory must not be written by others, and secret ones not be read"],
    ["outside-files", "files outside the data directory must not be written by others, and secret ones not be read"],
  ],
  "doctor/record.ts": [
    ["record", "events that nobody seals are a fault where a node should, and a warning where none runs"],
    ["record", "events that nobody seals are a fault where a node should, and a warning where none runs"],
    ["record", "entries that Assay failed at, and records that are none of ours"],
    ["record", "entries that Assay failed at, and records that are none of ours"],
  ],
  "doctor/sealed-directory.ts": [
    ["record", "a log directory that was rolled back to an older checkpoint, or emptied, is no sealed log"],
  ],
  "doctor/servers.ts": [
    ["servers", "a registry without this version's schemas"],
    ["servers", "a registry that does not answer; none is asked where none is set"],
    ["servers", "a Redis without a model, with one, and with one that is behind"],
    ["servers", "a Redis without a model, with one, and with one that is behind"],
    ["servers", "a Redis that does not answer; none is asked where none is set"],
  ],
  "doctor/topics.ts": [
    ["topics", "%s with %s=%s is wrong"],
    ["topics", "how long outputs are kept may be as somebody wants it: a warning"],
    ["topics", "a topic that is missing, one with other partitions, one that may not be seen"],
    ["topics", "fewer replicas than brokers could hold"],
    ["topics", "settings that a principal may not see"],
  ],
  "commands/doctor.ts": [
    ["command", "the roots cannot be read, or a file outside can be written by others"],
    ["command", "the directory is of another format, or its lock cannot be taken"],
    ["command", "there is no directory yet: a warning, and what makes it"],
    ["command", "the directory is of another format, or its lock cannot be taken"],
    ["command", "no broker answers; and brokers are named where the log is not said to be there"],
    ["command", "no broker answers; and brokers are named where the log is not said to be there"],
  ],
}

const files = [...readdirSync(join(SOURCES, "doctor")).map((name) => `doctor/${name}`), "commands/doctor.ts"]

it("the table names every source of findings", () => {
  expect(files.sort()).toEqual(Object.keys(CAUSED).sort())
})

it.each(Object.entries(CAUSED))("every place in %s that makes one has a test, and the test is there", (file, tests) => {
  const source = readFileSync(join(SOURCES, file), "utf8").replace(file === "doctor/finding.ts" ? DEFINED : /^$/, "")
  expect([...source.matchAll(MADE)]).toHaveLength(tests.length)
  for (const [test, title] of tests)
    expect(readFileSync(join(TESTS, `${test}.test.ts`), "utf8"), `${test}: ${title}`).toContain(`"${title}"`)
})
