// Parses each file with Flink's own parser, and prints how many statements it has; fails where one is none.
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.calcite.config.Lex;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.validate.FlinkSqlConformance;

public final class FlinkCheck {
  public static void main(String[] args) throws Exception {
    for (String file : args) {
      var config = SqlParser.config()
          .withParserFactory(FlinkSqlParserImpl.FACTORY)
          .withConformance(FlinkSqlConformance.DEFAULT)
          .withLex(Lex.JAVA)
          .withIdentifierMaxLength(256);
      System.out.println(SqlParser.create(Files.readString(Path.of(file)), config).parseStmtList().size());
    }
  }
}
