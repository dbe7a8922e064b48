/** The values with which the chart runs every program beside the services. */
export const PROGRAMS_SET: Readonly<Record<string, string>> = {
  "resolver.enabled": "true",
  "resolver.allow": '["id.example.com","*.issuers.example"]',
  "resolver.options": '{"soft":"4","hard":"24"}',
  "readings.enabled": "true",
  "readings.replicas": "2",
  "readings.outcome": '"all"',
}
