package dev.magpie.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.SecurityRequirement;

/**
 * The OpenAPI document from which the routes are built. One for each Vert.x instance, read and checked when the first request comes: that
 * takes part of a second, on a worker thread.
 */
final class ApiDocument implements Shareable {
  static final String RESOURCE = "magpie/api/openapi.yaml";

  private final Future<OpenAPIContract> contract;

  private ApiDocument(Vertx vertx) {
    this.contract = OpenAPIContract.builder(vertx).setContractPath(RESOURCE).mediaTypeRegistry(JsonBody.registry()).build();
  }

  /** Its contract; completes on any thread. */
  static Future<OpenAPIContract> contract(Vertx vertx) {
    return vertx.sharedData().<String, ApiDocument>getLocalMap("magpie.api.document")
        .computeIfAbsent("document", name -> new ApiDocument(vertx)).contract;
  }

  /** The scope that a key needs: the document names it as the role of each security scheme. */
  static String scope(Operation operation) {
    SecurityRequirement any = operation.getSecurityRequirements().get(0);
    return any.getScopes(any.getNames().iterator().next()).get(0);
  }
}
