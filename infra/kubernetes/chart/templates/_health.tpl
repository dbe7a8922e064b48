{{/* Starting may take ten minutes: a service restores its states from the changelog. */}}
{{- define "assay.liveness" -}}
startupProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 5
  failureThreshold: 120
livenessProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/*
Of a pod that others call by a Service: it goes on answering until those who balance the load know that it ends. It takes this time from
terminationGracePeriodSeconds, and needs Kubernetes 1.30.
*/}}
{{- define "assay.lifecycle" -}}
lifecycle:
  preStop:
    sleep: { seconds: 5 }
{{- end }}
