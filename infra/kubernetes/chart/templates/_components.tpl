{{/*
The component of everything that stays and has metrics, as a list in JSON: what AssayAbsent looks for, by the label that the PodMonitor
gives as `service`. Whoever is not wanted any more leaves it with the values.
*/}}
{{- define "assay.components" -}}
{{- $all := concat (keys .Values.services | sortAlpha) (list "sealer") (include "assay.programs" . | fromJsonArray) -}}
{{- if .Values.anchor.enabled }}{{ $all = append $all "anchor" }}{{ end -}}
{{- toJson $all -}}
{{- end }}
