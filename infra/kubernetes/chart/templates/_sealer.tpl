{{/* The volume with the sealer's directory: a claim that the chart makes, or one that is there already. */}}
{{- define "assay.sealerClaim" -}}
{{- .Values.sealer.storage.existingClaim | default (printf "%s-sealer" (include "assay.name" .)) -}}
{{- end }}

{{/* A claim keeps its mode, so it follows from nothing but this value. */}}
{{- define "assay.sealerAccessMode" -}}
{{- .Values.sealer.storage.accessMode | default "ReadWriteOnce" -}}
{{- end }}

{{- define "assay.sealerDirectory" -}}
/var/lib/assay/{{ .Values.sealer.directory | default "data" }}
{{- end }}

{{/*
Of the sealer and the anchor, which share a volume of one machine: whoever comes second goes where the first one is. The rule selects both, so
that the scheduler lets the first one go anywhere; one that selected the other alone would keep both waiting.
*/}}
{{- define "assay.besideVolume" -}}
{{- if and .Values.anchor.enabled (ne (include "assay.sealerAccessMode" .) "ReadWriteMany") }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            app.kubernetes.io/name: assay
            app.kubernetes.io/instance: {{ .Release.Name }}
          matchExpressions:
            - { key: app.kubernetes.io/component, operator: In, values: [sealer, anchor] }
{{- end }}
{{- end }}
