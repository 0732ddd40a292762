package dev.magpie.bus;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class EmitTest {
  @Test
  void aReservedNameIsRefusedAtTheCall() {
    assertThatIllegalArgumentException().isThrownBy(() -> Emit.to("room").event("disconnect", 1))
        .withMessage("\"disconnect\" is a reserved event name");
  }
}
