{{- define "assay.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* What selects the pods of one component. */}}
{{- define "assay.selector" -}}
app.kubernetes.io/name: assay
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "assay.labels" -}}
{{ include "assay.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* The image of `component`: that of all, or its own, which then says tag or digest by itself. */}}
{{- define "assay.image" -}}
{{- $all := .root.Values.image -}}
{{- $own := get (.root.Values.images | default dict) .component | default dict -}}
{{- $digest := ternary (get $own "digest") $all.digest (or (hasKey $own "tag") (hasKey $own "digest")) -}}
{{ $own.repository | default $all.repository }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ $own.tag | default $all.tag }}{{ end }}
{{- end }}

{{/* The container runs as the image's user `node`, can write nowhere but in its volumes, and may call no system call beyond the runtime's default. */}}
{{- define "assay.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "assay.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/*
Who a component is at the brokers, as JSON: `username`, and the `secret` with its password. Of `user`: what `principals` calls it behind
User:assay-, and kafka.sasl.users too.
*/}}
{{- define "assay.kafkaUser" -}}
{{- $sasl := .root.Values.kafka.sasl -}}
{{- $name := printf "%s%s" $sasl.userPrefix .user -}}
{{- $own := get $sasl.users .user | default dict -}}
{{- dict "username" ($own.username | default $name) "secret" ($own.secret | default $name) | toJson -}}
{{- end }}

{{/* The roles that `principals` gives this user, of which its ACLs are made too, as a list in JSON. Of `user`, as above. */}}
{{- define "assay.roles" -}}
{{- $roles := list -}}
{{- range splitList "\n" (.root.Files.Get "principals") -}}
{{- $line := regexReplaceAll "\\s*(#.*)?$" . "" -}}
{{- if hasSuffix (printf "=User:assay-%s" $.user) $line }}{{ $roles = append $roles (regexReplaceAll "=.*" $line "") }}{{ end -}}
{{- end -}}
{{- toJson $roles -}}
{{- end }}

{{/* The keys of its own Secret that are files of a service below /etc/assay/own, as a list in JSON. Of `own`. */}}
{{- define "assay.ownKeys" -}}
{{- concat (values (.own.files | default dict)) (.own.keys | default list) | uniq | sortAlpha | toJson -}}
{{- end }}

{{/* The settings of every process, in the order of docs/guides/configuration.md. Of `user`: who it is for the brokers. */}}
{{- define "assay.environment" -}}
{{- $v := .root.Values -}}
- { name: LOG, value: kafka }
- { name: KAFKA_BROKERS, value: {{ join "," $v.kafka.brokers | quote }} }
{{- if $v.kafka.prefix }}
- { name: ASSAY_STREAM_PREFIX, value: {{ $v.kafka.prefix | quote }} }
{{- end }}
{{- if $v.kafka.tls.enabled }}
- { name: KAFKA_TLS, value: "true" }
{{- if $v.kafka.tls.caSecret }}
- { name: KAFKA_TLS_CA, value: {{ printf "/etc/assay/kafka-ca/%s" $v.kafka.tls.caKey | quote }} }
{{- end }}
{{- end }}
{{- if $v.kafka.sasl.mechanism }}
- { name: KAFKA_SASL_MECHANISM, value: {{ $v.kafka.sasl.mechanism | quote }} }
- { name: KAFKA_SASL_USERNAME, value: {{ (include "assay.kafkaUser" . | fromJson).username | quote }} }
- { name: KAFKA_SASL_PASSWORD_FILE, value: /etc/assay/kafka/password }
{{- end }}
{{- if $v.kafka.allowInsecure }}
- { name: KAFKA_ALLOW_INSECURE, value: "true" }
{{- end }}
{{- if $v.schemaRegistry.url }}
- { name: SCHEMA_REGISTRY_URL, value: {{ $v.schemaRegistry.url | quote }} }
{{- if $v.schemaRegistry.secret }}
- { name: SCHEMA_REGISTRY_USER, value: {{ required "schemaRegistry.user goes with schemaRegistry.secret" $v.schemaRegistry.user | quote }} }
- { name: SCHEMA_REGISTRY_PASSWORD_FILE, value: /etc/assay/registry/password }
{{- end }}
{{- end }}
{{- end }}

{{- define "assay.mounts" -}}
{{- $v := .root.Values -}}
{{- if $v.kafka.sasl.mechanism }}
- { name: kafka, mountPath: /etc/assay/kafka, readOnly: true }
{{- end }}
{{- if and $v.kafka.tls.enabled $v.kafka.tls.caSecret }}
- { name: kafka-ca, mountPath: /etc/assay/kafka-ca, readOnly: true }
{{- end }}
{{- if and $v.schemaRegistry.url $v.schemaRegistry.secret }}
- { name: registry, mountPath: /etc/assay/registry, readOnly: true }
{{- end }}
{{- end }}

{{- define "assay.volumes" -}}
{{- $v := .root.Values -}}
{{- if $v.kafka.sasl.mechanism }}
- name: kafka
  secret:
    secretName: {{ (include "assay.kafkaUser" . | fromJson).secret | quote }}
    items: [{ key: password, path: password }]
    defaultMode: 0440
{{- end }}
{{- if and $v.kafka.tls.enabled $v.kafka.tls.caSecret }}
- name: kafka-ca
  secret:
    secretName: {{ $v.kafka.tls.caSecret | quote }}
    items: [{ key: {{ $v.kafka.tls.caKey | quote }}, path: {{ $v.kafka.tls.caKey | quote }} }]
{{- end }}
{{- if and $v.schemaRegistry.url $v.schemaRegistry.secret }}
- name: registry
  secret:
    secretName: {{ $v.schemaRegistry.secret | quote }}
    items: [{ key: password, path: password }]
    defaultMode: 0440
{{- end }}
{{- end }}

{{/*
What every pod that stays begins with: its metadata, and its spec up to where it may be scheduled. Of labels it has those that select it
alone: one with the chart's version would start every pod anew, and all at once, for a chart that changes nothing in them.
*/}}
{{- define "assay.podStart" -}}
{{- $v := .root.Values -}}
metadata:
  labels: {{- include "assay.selector" . | nindent 4 }}
  {{- with $v.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "assay.name" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $v.terminationGracePeriodSeconds }}
  securityContext: {{- include "assay.podSecurity" . | nindent 4 }}
  {{- with $v.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with $v.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Of a component of which there may be several: over zones and machines, as far as that goes. */}}
{{- define "assay.spread" -}}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "assay.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{/* The pod of a service. Of `service`: which of the five; `component`; `user`; `own`: its values; `seals`: whether it seals the audit log. */}}
{{- define "assay.pod" -}}
{{- $v := .root.Values -}}
{{- /* Who has this role feeds the read model; the others have no right to read what it holds. */ -}}
{{- $redis := and $v.redis.secret (include "assay.roles" . | fromJsonArray | has "read-model") -}}
{{- $keys := include "assay.ownKeys" . | fromJsonArray -}}
{{- $path := ternary "sealer" (printf "services.%s" .service) .seals -}}
{{- $files := dict -}}
{{- range $key, $value := .own.files }}{{ $_ := set $files $key (printf "/etc/assay/own/%s" $value) }}{{ end -}}
{{- include "assay.podStart" . }}
  {{- if .seals }}
  {{- include "assay.besideVolume" .root | nindent 2 }}
  {{- end }}
  {{- include "assay.spread" . | nindent 2 }}
  containers:
    - name: assay
      image: {{ include "assay.image" . | quote }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args:
        - run
        - --service
        - {{ .service }}
        - --roots
        - /etc/assay/roots/roots.json
        {{- if .seals }}
        - --data
        - {{ include "assay.sealerDirectory" .root }}
        {{- end }}
      env:
        {{- include "assay.environment" . | nindent 8 }}
        - { name: ASSAY_TOPOLOGY, value: staged }
        - { name: ASSAY_WORKERS, value: {{ $v.workers | quote }} }
        - { name: ASSAY_SEAL, value: {{ ternary "on" "off" .seals | quote }} }
        - { name: ASSAY_HTTP_HOST, value: 0.0.0.0 }
        - { name: ASSAY_HTTP_PORT, value: "7070" }
        - { name: ASSAY_HTTP_TOKENS_FILE, value: /etc/assay/http/tokens }
        {{- if $redis }}
        - { name: REDIS_URL_FILE, value: /etc/assay/redis/url }
        {{- end }}
        - { name: NODE_OPTIONS, value: {{ printf "--max-old-space-size=%d" (int $v.heapMiB) | quote }} }
        {{- range $key, $value := merge $files (.own.settings | default dict) $v.settings }}
        - { name: {{ $key }}, value: {{ $value | quote }} }
        {{- end }}
      ports:
        - { name: http, containerPort: 7070 }
      {{- if eq .component "identity-resolver" }}
      {{- include "assay.lifecycle" . | nindent 6 }}
      {{- end }}
      {{- include "assay.liveness" . | nindent 6 }}
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources: {{- toYaml (.own.resources | default $v.resources) | nindent 8 }}
      securityContext: {{- include "assay.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - { name: roots, mountPath: /etc/assay/roots, readOnly: true }
        - { name: http, mountPath: /etc/assay/http, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        {{- if $redis }}
        - { name: redis, mountPath: /etc/assay/redis, readOnly: true }
        {{- end }}
        {{- if $keys }}
        - { name: own, mountPath: /etc/assay/own, readOnly: true }
        {{- end }}
        {{- if .seals }}
        - { name: data, mountPath: /var/lib/assay }
        {{- end }}
        {{- include "assay.mounts" . | nindent 8 }}
  volumes:
    - name: roots
      configMap:
        name: {{ $v.roots.configMap | quote }}
        items: [{ key: roots.json, path: roots.json }]
    - name: http
      secret:
        secretName: {{ required "http.tokensSecret names the Secret with the rights of callers" $v.http.tokensSecret | quote }}
        items: [{ key: tokens, path: tokens }]
        defaultMode: 0440
    - name: tmp
      emptyDir: { sizeLimit: 256Mi }
    {{- if .seals }}
    - name: data
      persistentVolumeClaim: { claimName: {{ include "assay.sealerClaim" .root }} }
    {{- end }}
    {{- if $redis }}
    - name: redis
      secret:
        secretName: {{ $v.redis.secret | quote }}
        items: [{ key: url, path: url }]
        defaultMode: 0440
    {{- end }}
    {{- if $keys }}
    - name: own
      secret:
        secretName: {{ required (printf "%s.secret names the Secret that has the keys of %s.files and %s.keys" $path $path $path) .own.secret | quote }}
        items:
          {{- range $keys }}
          - { key: {{ . | quote }}, path: {{ . | quote }} }
          {{- end }}
        defaultMode: 0440
    {{- end }}
    {{- include "assay.volumes" . | nindent 4 }}
{{- end }}
