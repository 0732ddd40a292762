package dev.magpie.api;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The OpenAPI document, and what the guide says of it. */
@ExtendWith(VertxExtension.class)
class ApiDocumentTest {
  private static final Path PAGE = Path.of("src/site/markdown/http-api.md");

  @Test
  void theGuideListsItsRoutesWithTheirScopes(Vertx vertx) throws IOException {
    OpenAPIContract contract = await(ApiDocument.contract(vertx));
    List<String> rows = contract.operations().stream().map(ApiDocumentTest::row).toList();
    List<String> shown = Pattern.compile("(?m)^\\| `(?:GET|POST|PUT|DELETE) /.*$").matcher(Files.readString(PAGE)).results()
        .map(row -> row.group()).toList();
    assertThat(shown).containsExactlyInAnyOrderElementsOf(rows);
  }

  private static String row(Operation operation) {
    return "| `" + operation.getHttpMethod() + " " + operation.getOpenAPIPath() + "` | `" + ApiDocument.scope(operation) + "` | "
        + operation.getOpenAPIModel().getString("summary") + " |";
  }

  @Test
  void everyOperationHasOneScopeByBothHeaders(Vertx vertx) {
    for (Operation operation : await(ApiDocument.contract(vertx)).operations()) {
      assertThat(operation.getSecurityRequirements()).as(operation.getOperationId()).hasSize(2).allSatisfy(requirement ->
          assertThat(requirement.getScopes(requirement.getNames().iterator().next())).containsExactly(ApiDocument.scope(operation)));
    }
  }
}
