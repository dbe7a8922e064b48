// Rows of readings from Kafka in Java 17: org.apache.kafka:kafka-clients and org.apache.avro:avro. Compiled and run in a test.
// java Readings BROKER:9092 reading-row.avsc [TOPIC]
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

public final class Readings {
  private static final int HEADER_BYTES = 5; // 00 and the schema's id

  public static void main(String[] args) throws Exception {
    Schema schema = new Schema.Parser().parse(new java.io.File(args[1])); // of `assay schemas export`
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(schema);
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("group.id", "data-platform-java");
    settings.put("isolation.level", "read_committed");
    settings.put("auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(args.length > 2 ? args[2] : "readings.verified.v1"));
      while (true) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          byte[] value = record.value();
          var decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, null);
          GenericRecord row = reader.read(null, decoder);
          System.out.printf("%s %s %s%n", row.get("device"), row.get("name"), row.get("value"));
        }
      }
    }
  }
}
