package dev.magpie.emitter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.Broadcast;
import dev.magpie.core.Broadcast.Action;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmitterDocumentTest {
  private static final String EVENT =
      "{type: 3, uid: 'emitter', nsp: '/', data: {packet: {type: 2, data: ['e', 1], nsp: '/'}, "
      + "opts: {rooms: ['a'], except: ['b'], flags: {}}}}";

  @Test
  void anEventGoesToItsRooms() {
    Broadcast event = EmitterDocument.read(BsonDocument.parse(EVENT));
    assertThat(event.action()).isEqualTo(Action.EMIT);
    assertThat(event.namespace()).isEqualTo("/");
    assertThat(event.rooms()).containsExactly("a");
    assertThat(event.except()).containsExactly("b");
    assertThat(event.event().encode()).isEqualTo("[\"e\",1]");
    assertThat(event.unreliable()).isFalse();
    // Nobody has delivered it: each instance does.
    assertThat(event.origin()).isEmpty();
  }

  @Test
  void aVolatileEventIsUnreliable() {
    BsonDocument document = BsonDocument.parse(EVENT.replace("flags: {}", "flags: {volatile: true, compress: false}"));
    assertThat(EmitterDocument.read(document).unreliable()).isTrue();
  }

  @Test
  void aNumberOfAnyTypeIsAType() {
    for (BsonValue type : List.of(new BsonInt64(3), new BsonDouble(3)))
      assertThat(EmitterDocument.read(BsonDocument.parse(EVENT).append("type", type)).action()).isEqualTo(Action.EMIT);
  }

  @Test
  void roomsAreJoinedAndLeft() {
    String join = "{type: 4, uid: 'emitter', nsp: '/x', data: {opts: {rooms: ['a'], except: []}, rooms: ['b', 'c']}}";
    assertThat(EmitterDocument.read(BsonDocument.parse(join)).action()).isEqualTo(Action.JOIN);
    assertThat(EmitterDocument.read(BsonDocument.parse(join)).event().encode()).isEqualTo("[\"b\",\"c\"]");
    assertThat(EmitterDocument.read(BsonDocument.parse(join.replace("type: 4", "type: 5"))).action()).isEqualTo(Action.LEAVE);
  }

  @Test
  void valuesAreThoseThatAClientOfSocketIoGets() {
    Broadcast event = EmitterDocument.read(BsonDocument.parse(EVENT.replace("'e', 1", """
        'e', {$date: '1969-12-31T23:59:59.5Z'}, {$oid: '5d0a7c3e8f1b2a3c4d5e0001'}, {$numberLong: '9007199254740993'},
        {$numberDouble: 'NaN'}, {$numberDecimal: '1.10'}, {$undefined: true}, {o: [{}]}""")));
    assertThat(event.event().encode()).isEqualTo("[\"e\",\"1969-12-31T23:59:59.500Z\",\"5d0a7c3e8f1b2a3c4d5e0001\",9007199254740993,null,"
        + "{\"$numberDecimal\":\"1.10\"},null,{\"o\":[{}]}]");
  }

  @Test
  void binaryDataOfEveryKindIsABuffer() {
    Broadcast event = EmitterDocument.read(BsonDocument.parse(EVENT.replace("'e', 1",
        "'e', {$binary: {base64: 'AQI=', subType: '00'}}, {deep: {$binary: {base64: 'AwQFBgcICQoLDA0ODxAREg==', subType: '04'}}}")));
    assertThat(event.event().getValue(1)).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
    assertThat(event.event().getJsonObject(2).getValue("deep")).isInstanceOf(Buffer.class);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
      type: 3            ~ type: 1              ~ type: 3 to 6, or 9; not 1
      type: 3            ~ type: 13             ~ type: 3 to 6, or 9; not 13
      type: 3            ~ type: '3'            ~ type: a number
      type: 3            ~ type: 4              ~ rooms: an array
      nsp: '/', data     ~ nsp: 'x', data       ~ nsp: a name that starts with /
      nsp: '/', data     ~ nsp: null, data      ~ nsp: a text
      data: {packet      ~ x: {packet           ~ data: a document
      data: ['e', 1]     ~ data: []             ~ packet.data: an array that begins with the name of an event
      data: ['e', 1]     ~ data: [1]            ~ packet.data: an array that begins with the name of an event
      data: ['e', 1]     ~ data: 'e'            ~ data: an array
      data: ['e', 1]     ~ data: ['disconnect'] ~ "disconnect" is a reserved event name
      'e', 1             ~ 'e', {$code: 'x'}    ~ arguments: no value of the type JAVASCRIPT
      'e', 1             ~ 'e', {$regex: 'x', $options: ''} ~ arguments: no value of the type REGULAR_EXPRESSION
      rooms: ['a']       ~ rooms: [7]           ~ rooms: an array of texts
      rooms: ['a']       ~ rooms: 'a'           ~ rooms: an array
      rooms: ['a'],      ~ ``                   ~ rooms: an array
      rooms: ['a']       ~ rooms: ['\\u0000user'] ~ U+0000
      except: ['b']      ~ except: ['\\u0000user'] ~ U+0000
      data: {packet      ~ data: {requestId: 'r', packet ~ requestId: emitters ask for no acknowledgement
      """)
  void whatIsNoDocumentOfAnEmitterIsRefused(String written, String instead, String reason) {
    assertThat(EVENT).contains(written);
    BsonDocument document = BsonDocument.parse(EVENT.replace(written, instead));
    assertThatThrownBy(() -> EmitterDocument.read(document)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(reason);
  }

  @Test
  void noQueryIsMadeOfIt() {
    Broadcast event = EmitterDocument.read(BsonDocument.parse(EVENT.replace("'e', 1", "'e', {'$where': 'sleep(1)', '$ne': null}")));
    assertThat(event.event().encode()).isEqualTo("[\"e\",{\"$where\":\"sleep(1)\",\"$ne\":null}]");
  }
}
