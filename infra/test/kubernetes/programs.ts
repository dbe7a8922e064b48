/** The values with which the chart runs every program beside the services. */
export const PROGRAMS_SET: Readonly<Record<string, string>> = {
  "resolver.enabled": "true",
  "resolver.allow": '["id.example.com","*.issuers.example"]',
  "resolver.options": '{"soft":"4","hard":"24"}',
  "readings.enabled": "true",
  "readings.replicas": "2",
  "readings.outcome": '"all"',
  exports: JSON.stringify([
    {
      name: "soc",
      to: "syslog+tls://siem.example:6514?ca=/etc/assay/sink/ca.pem",
      outcome: "quarantined,rejected",
      options: { severity: "medium" },
      secret: "siem-soc",
      keys: ["ca.pem"],
      reaches: [{ peers: [{ ipBlock: { cidr: "203.0.113.5/32" } }], port: 6514 }],
      replicas: 2,
    },
    { name: "lake", to: "webhook:https://lake.example/in", outcome: "verified,annotated" },
    { name: "bus", to: "topic:siem.ocsf.v1" },
  ]),
  "ingress.mqtt": JSON.stringify({
    enabled: true,
    replicas: 2,
    settings: {
      ASSAY_MQTT_URL: "mqtts://mqtt.example:8883",
      ASSAY_MQTT_USERNAME: "assay",
      ASSAY_MQTT_SHARE: "assay",
      ASSAY_MQTT_CHALLENGES: "assay/v1/{device}/challenges",
    },
    secret: "mqtt",
    files: { ASSAY_MQTT_PASSWORD_FILE: "password", ASSAY_MQTT_RECEIPT_KEY: "receipt-key", ASSAY_TOKEN_FILE: "token" },
    reaches: [{ peers: [{ podSelector: { matchLabels: { app: "mosquitto" } } }], port: 8883 }],
  }),
  "ingress.onem2m": JSON.stringify({
    enabled: true,
    settings: {
      ASSAY_ONEM2M_URL: "http://cse.example:8080",
      ASSAY_ONEM2M_REACHED_AT: "http://plant-ingress-onem2m:7072",
    },
    secret: "cse",
    files: { ASSAY_ONEM2M_TOKEN_FILE: "token" },
    reaches: [{ peers: [{ podSelector: { matchLabels: { app: "cse" } } }], port: 8080 }],
    from: [{ podSelector: { matchLabels: { app: "cse" } } }],
  }),
}

/** Values with which services and the sealer have files and reach what stands outside. */
export const OUTSIDE_SET: Readonly<Record<string, string>> = {
  "services.anomaly-quarantine": JSON.stringify({
    replicas: 3,
    settings: { ASSAY_SINKS: "soc=syslog+tls://siem.example:6514?ca=/etc/assay/own/ca.pem;quarantined" },
    secret: "siem-own",
    keys: ["ca.pem"],
    reaches: [{ peers: [{ ipBlock: { cidr: "203.0.113.6/32" } }], port: 6514 }],
  }),
  "sealer.settings": JSON.stringify({
    ASSAY_LOG_KEYS: "https://signer.example/keys/log#token-file=/etc/assay/own/signer-token",
    ASSAY_WITNESS_INTERVAL_MS: "5000",
  }),
  "sealer.secret": '"sealer-own"',
  "sealer.files": '{"ASSAY_WITNESS_POLICY":"policy"}',
  "sealer.keys": '["signer-token"]',
  "sealer.reaches": JSON.stringify([
    { peers: [{ ipBlock: { cidr: "203.0.113.8/32" } }], port: 443 },
    { peers: [{ podSelector: { matchLabels: { app: "witness" } } }], port: 8090 },
  ]),
}
