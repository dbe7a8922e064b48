import { expect, it } from "vitest"
import { parsePkcs11Uri, withLabel } from "../../src/index.ts"

const QUERY = "?module-path=/lib/p11.so"

it("reads the attributes that choose token and key (RFC 7512)", () => {
  expect(
    parsePkcs11Uri(
      "pkcs11:token=The%20Software;serial=ab12;manufacturer=Snake%20Oil;model=1;slot-id=7;object=log%2Fkey;id=%01a%FF;type=private?module-path=/lib/p11.so&pin-source=file:///run/pin",
    ),
  ).toEqual({
    kind: "pkcs11",
    module: "/lib/p11.so",
    pinSource: "/run/pin",
    choice: { token: "The Software", serial: "ab12", manufacturer: "Snake Oil", model: "1", slot: 7 },
    label: "log/key",
    id: "0161ff",
  })
  expect(parsePkcs11Uri(`pkcs11:token=a${QUERY}`)).toMatchObject({ pinSource: null, label: null, id: null })
})

it.each([
  ["pkcs11:object=a?module-path=/lib/p11.so", "name the token"],
  ["pkcs11:token=a", "name the library"],
  [`pkcs11:token=a;token=b${QUERY}`, "twice"],
  [`pkcs11:token=a;colour=red${QUERY}`, "is none of"],
  [`pkcs11:token=a;type=cert${QUERY}`, "type=cert"],
  [`pkcs11:token=a;slot-id=x${QUERY}`, "slot-id takes a number"],
  [`pkcs11:token=%zz${QUERY}`, "percent-encoded"],
  [`pkcs11:token=a;id=%z1${QUERY}`, "id is not percent-encoded"],
  ["pkcs11:token=a?module-path=p11.so", "absolute path"],
  [`pkcs11:token=a${QUERY}&pin-value=1234`, "pin-value would be seen"],
  [`pkcs11:token=${"a".repeat(2_048)}${QUERY}`, "at most 2048"],
])("%s is refused: %s", (text, says) => {
  expect(() => parsePkcs11Uri(text)).toThrow(says)
})

it("the label of another key takes the place of the one that is named", () => {
  expect(withLabel(`pkcs11:token=a;object=b;id=%01${QUERY}`, "root 1")).toBe(`pkcs11:token=a;object=root%201${QUERY}`)
  expect(withLabel(`pkcs11:object=b${QUERY}`, "c")).toBe(`pkcs11:object=c${QUERY}`)
  expect(parsePkcs11Uri(withLabel(`pkcs11:object=b;token=t${QUERY}`, "c"))).toMatchObject({ label: "c" })
})
