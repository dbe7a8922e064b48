/** A small policy. */
export const SMALL = `kind: assay/segmentation/v1
version: 2
issued: 2026-01-01
expires: 2027-01-01T00:00:00Z
zones:
  - { id: field, securityLevel: 1, audiences: ["https://plant.example/field/*"] }
  - { id: control, securityLevel: 3, audiences: ["https://plant.example/control/*"] }
assignments:
  - { zone: field, vendor: acme, class: thermometer }
  - { zone: control, devices: ["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"] }
conduits:
  - { id: up, from: field, to: control, actions: [telemetry], owner: ops, reason: readings }
lateral: { zones: 3, window: 10m }
`
