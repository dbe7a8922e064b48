{{/* The component of each program beside the services that is enabled and has a user at the brokers, as a list in JSON. */}}
{{- define "assay.programs" -}}
{{- $all := list -}}
{{- if .Values.resolver.enabled }}{{ $all = append $all "resolver" }}{{ end -}}
{{- if .Values.readings.enabled }}{{ $all = append $all "readings" }}{{ end -}}
{{- range .Values.exports }}{{ $all = append $all (printf "export-%s" .name) }}{{ end -}}
{{- range list "mqtt" "onem2m" }}{{ if (get $.Values.ingress .).enabled }}{{ $all = append $all (printf "ingress-%s" .) }}{{ end }}{{ end -}}
{{- toJson $all -}}
{{- end }}

{{/* What a sink of `exports` is to the brokers, as `assay export` finds it (roleOfSink of packages/node). */}}
{{- define "assay.roleOfSink" -}}
{{- $rest := without (splitList "," (.outcome | default "all")) "verified" "annotated" -}}
{{- if hasPrefix "topic:" .to -}}siem-topics{{- else if empty $rest -}}data-platform{{- else -}}siem{{- end -}}
{{- end }}

{{/* Nobody calls a program to be answered in time, so it is asked less often than a service. */}}
{{- define "assay.programProbes" -}}
{{ include "assay.liveness" . }}
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{/*
The pod of a program beside the services. Of `user`: who it is for the brokers; `args`; `secrets`: for each Secret its mount below
/etc/assay, its name and which of its keys are files; `files`: settings and the file that each names; `settings`: others; `roots`:
whether it reads the pinned roots; `state`: whether it has a volume for its state; `ports`: more than the one of health and metrics;
`spread`: whether there are several; `resources`.
*/}}
{{- define "assay.program" -}}
{{- $v := .root.Values -}}
{{- include "assay.podStart" . }}
  {{- if .spread }}
  {{- include "assay.spread" . | nindent 2 }}
  {{- end }}
  containers:
    - name: assay
      image: {{ include "assay.image" . | quote }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args: {{- toYaml .args | nindent 8 }}
      env:
        {{- include "assay.environment" . | nindent 8 }}
        {{- range $key, $value := merge (dict) (.files | default dict) (.settings | default dict) }}
        - { name: {{ $key }}, value: {{ $value | quote }} }
        {{- end }}
      ports:
        - { name: http, containerPort: 7070 }
        {{- range $name, $port := .ports }}
        - { name: {{ $name }}, containerPort: {{ $port }} }
        {{- end }}
      {{- if .ports }}
      {{- include "assay.lifecycle" . | nindent 6 }}
      {{- end }}
      {{- include "assay.programProbes" . | nindent 6 }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext: {{- include "assay.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if .roots }}
        - { name: roots, mountPath: /etc/assay/roots, readOnly: true }
        {{- end }}
        {{- if .state }}
        - { name: state, mountPath: /var/lib/assay }
        {{- end }}
        {{- range $mount, $secret := .secrets }}
        - { name: {{ $mount }}, mountPath: /etc/assay/{{ $mount }}, readOnly: true }
        {{- end }}
        {{- include "assay.mounts" . | nindent 8 }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    {{- if .roots }}
    - name: roots
      configMap:
        name: {{ $v.roots.configMap | quote }}
        items: [{ key: roots.json, path: roots.json }]
    {{- end }}
    {{- range $mount, $secret := .secrets }}
    - name: {{ $mount }}
      secret:
        secretName: {{ $secret.name | quote }}
        items:
          {{- range $secret.keys }}
          - { key: {{ . | quote }}, path: {{ . | quote }} }
          {{- end }}
        defaultMode: 0440
    {{- end }}
    {{- include "assay.volumes" . | nindent 4 }}
{{- end }}

{{/* Of a program of which there are several. */}}
{{- define "assay.budget" -}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "assay.name" .root }}-{{ .component }}
  labels: {{- include "assay.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "assay.selector" . | nindent 6 }}
{{- end }}
