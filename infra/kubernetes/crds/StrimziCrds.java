import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.strimzi.crdgenerator.annotations.CelValidation;
import io.strimzi.crdgenerator.annotations.Crd;
import io.strimzi.crdgenerator.annotations.Maximum;
import io.strimzi.crdgenerator.annotations.Minimum;
import io.strimzi.crdgenerator.annotations.MinimumItems;
import io.strimzi.crdgenerator.annotations.OneOf;
import io.strimzi.crdgenerator.annotations.Pattern;
import io.strimzi.crdgenerator.annotations.PresentInVersions;
import io.strimzi.crdgenerator.annotations.RequiredInVersions;
import io.strimzi.crdgenerator.annotations.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prints the definitions of Strimzi's resources that are named, as JSON: of their spec, by the annotations of Strimzi's model. An
 * annotation that is not understood here ends it. Run by from-strimzi.ts, as one source file.
 */
public class StrimziCrds {
    static final ObjectMapper JSON = new ObjectMapper();
    /** The only version that these resources have. */
    static final String VERSION = "v1";
    static final List<String> NUMBER_OR_TEXT = List.of("IntOrString", "Quantity").stream().map(name -> "io.fabric8.kubernetes.api.model." + name).toList();

    public static void main(String[] names) throws Exception {
        ArrayNode all = JSON.createArrayNode();
        for (String name : names) all.add(definition(Class.forName(name)));
        System.out.println(all);
    }

    static ObjectNode definition(Class<?> resource) {
        Crd.Spec spec = resource.getAnnotation(Crd.class).spec();
        if (spec.versions().length != 1 || !spec.versions()[0].name().equals(VERSION))
            throw new IllegalStateException(resource + " has other versions than " + VERSION);
        ObjectNode schema = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        for (String name : List.of("apiVersion", "kind")) properties.putObject(name).put("type", "string");
        properties.putObject("metadata").put("type", "object");
        AnnotatedMethod getter = propertiesOf(JSON.constructType(resource)).get("spec").getGetter();
        properties.set("spec", schemaOf(getter));
        if (isRequired(getter)) schema.putArray("required").add("spec");
        ObjectNode definition = JSON.createObjectNode();
        definition.putObject("metadata").put("name", spec.names().plural() + "." + spec.group());
        ObjectNode body = definition.putObject("spec").put("group", spec.group()).put("scope", spec.scope());
        body.putObject("names").put("kind", spec.names().kind());
        body.putArray("versions").addObject().put("name", VERSION).putObject("schema").set("openAPIV3Schema", schema);
        return definition;
    }

    static Map<String, BeanPropertyDefinition> propertiesOf(JavaType type) {
        Map<String, BeanPropertyDefinition> found = new LinkedHashMap<>();
        BeanDescription bean = JSON.getSerializationConfig().introspect(type);
        // Where unknown fields are kept is no field.
        AnnotatedMember unknown = bean.findAnyGetter();
        for (BeanPropertyDefinition one : bean.findProperties())
            if (one.getGetter() != null && (unknown == null || !one.getGetter().getName().equals(unknown.getName())))
                found.put(one.getName(), one);
        return found;
    }

    static boolean isRequired(AnnotatedMethod getter) {
        JsonProperty property = getter.getAnnotation(JsonProperty.class);
        RequiredInVersions versions = getter.getAnnotation(RequiredInVersions.class);
        if (versions != null && !versions.value().equals(VERSION + "+"))
            throw new IllegalStateException(getter + " is required in " + versions.value());
        return versions != null || (property != null && property.required());
    }

    static ObjectNode schemaOf(AnnotatedMethod getter) {
        ObjectNode schema = typeSchema(getter.getType());
        if (getter.hasAnnotation(PresentInVersions.class) || getter.hasAnnotation(Type.class)
                || getter.hasAnnotation(Minimum.List.class) || getter.hasAnnotation(Maximum.List.class))
            throw new IllegalStateException(getter + " has an annotation that is not understood");
        if (getter.hasAnnotation(Minimum.class)) schema.put("minimum", getter.getAnnotation(Minimum.class).value());
        if (getter.hasAnnotation(Maximum.class)) schema.put("maximum", getter.getAnnotation(Maximum.class).value());
        if (getter.hasAnnotation(Pattern.class)) schema.put("pattern", getter.getAnnotation(Pattern.class).value());
        if (getter.hasAnnotation(MinimumItems.class)) schema.put("minItems", getter.getAnnotation(MinimumItems.class).value());
        CelValidation own = getter.getAnnotation(CelValidation.class);
        CelValidation rules = own != null ? own : getter.getRawType().getAnnotation(CelValidation.class);
        if (rules != null)
            for (CelValidation.CelValidationRule rule : rules.rules())
                schema.withArray("x-kubernetes-validations").addObject().put("rule", rule.rule()).put("message", rule.message());
        return schema;
    }

    static ObjectNode typeSchema(JavaType type) {
        Class<?> raw = type.getRawClass();
        ObjectNode schema = JSON.createObjectNode();
        // Types of Kubernetes itself that are numbers or texts.
        if (NUMBER_OR_TEXT.contains(raw.getName())) return schema.put("x-kubernetes-int-or-string", true);
        if (raw == Object.class) return schema.put("x-kubernetes-preserve-unknown-fields", true);
        if (raw == String.class) return schema.put("type", "string");
        if (raw == Boolean.class || raw == boolean.class) return schema.put("type", "boolean");
        if (raw == Double.class || raw == double.class || raw == Float.class || raw == float.class) return schema.put("type", "number");
        if (Number.class.isAssignableFrom(raw) || raw == int.class || raw == long.class) return schema.put("type", "integer");
        if (raw.isEnum()) {
            ArrayNode values = schema.put("type", "string").putArray("enum");
            for (Object constant : raw.getEnumConstants()) values.add(JSON.valueToTree(constant).asText());
            return schema;
        }
        if (type.isMapLikeType()) {
            schema.put("type", "object");
            Class<?> content = type.getContentType().getRawClass();
            if (content == String.class || NUMBER_OR_TEXT.contains(content.getName()))
                schema.set("additionalProperties", typeSchema(type.getContentType()));
            else schema.put("x-kubernetes-preserve-unknown-fields", true);
            return schema;
        }
        if (type.isContainerType()) {
            schema.put("type", "array").set("items", typeSchema(type.getContentType()));
            return schema;
        }
        return objectSchema(type, schema.put("type", "object"));
    }

    /** Of a class with subtypes: the fields of all of them, and which subtype it is. */
    static ObjectNode objectSchema(JavaType type, ObjectNode schema) {
        Class<?> raw = type.getRawClass();
        Map<String, AnnotatedMethod> getters = new LinkedHashMap<>();
        JsonSubTypes subtypes = raw.getAnnotation(JsonSubTypes.class);
        if (subtypes != null)
            for (JsonSubTypes.Type one : subtypes.value())
                propertiesOf(JSON.constructType(one.value())).forEach((name, property) -> getters.put(name, property.getGetter()));
        propertiesOf(type).forEach((name, property) -> getters.put(name, property.getGetter()));
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = JSON.createArrayNode();
        getters.forEach((name, getter) -> {
            properties.set(name, schemaOf(getter));
            if (isRequired(getter)) required.add(name);
        });
        if (subtypes != null) {
            JsonTypeInfo info = raw.getAnnotation(JsonTypeInfo.class);
            String which = info.property();
            ArrayNode names = properties.putObject(which).put("type", "string").putArray("enum");
            for (JsonSubTypes.Type one : subtypes.value()) names.add(one.name());
            // One that is not named is the default, where there is one.
            if (info.defaultImpl() == JsonTypeInfo.class) required.add(which);
        }
        if (!required.isEmpty()) schema.set("required", required);
        if (raw.isAnnotationPresent(OneOf.class)) {
            ArrayNode alternatives = schema.putArray("oneOf");
            for (OneOf.Alternative one : raw.getAnnotation(OneOf.class).value()) {
                ArrayNode needed = alternatives.addObject().putArray("required");
                for (OneOf.Alternative.Property property : one.value()) if (property.required()) needed.add(property.value());
            }
        }
        return schema;
    }
}
