package dev.magpie.staff;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StaffRoleTest {
  @Test
  void aUserHasTheRolesThatItWasGranted() {
    User anna = staff(Set.of(StaffRole.AGENT, StaffRole.EDITOR));
    assertThat(StaffRole.has(anna, StaffRole.AGENT)).isTrue();
    assertThat(StaffRole.has(anna, StaffRole.EDITOR)).isTrue();
    assertThat(StaffRole.has(anna, StaffRole.OPERATOR)).isFalse();
    assertThat(StaffRole.has(anna, StaffRole.ADMIN)).isFalse();
    assertThat(StaffRole.has(null, StaffRole.EDITOR)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(StaffRole.class)
  void anAdministratorHasEachRole(StaffRole role) {
    assertThat(StaffRole.has(staff(Set.of(StaffRole.ADMIN)), role)).isTrue();
  }

  @Test
  void rolesOfAnotherProviderAreNoneOfStaff() {
    User token = User.create(new JsonObject().put("sub", "staff:anna"));
    token.authorizations().put("jwt", Set.of(RoleBasedAuthorization.create("admin")));
    assertThat(StaffRole.has(token, StaffRole.ADMIN)).isFalse();
  }

  @Test
  void aUserOfAnotherKindIsNoneOfStaff() {
    User visitor = User.create(new JsonObject().put("sub", "jwt:https://id.example#staff:anna"));
    StaffRole.grant(visitor, Set.of(StaffRole.ADMIN));
    assertThat(StaffRole.has(visitor, StaffRole.ADMIN)).isFalse();
  }

  private static User staff(Set<StaffRole> roles) {
    User user = User.create(new JsonObject().put("sub", "staff:anna"));
    StaffRole.grant(user, roles);
    return user;
  }
}
