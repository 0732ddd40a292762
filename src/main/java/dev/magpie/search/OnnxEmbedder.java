package dev.magpie.search;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A sentence embedding model of the class path, run by ONNX Runtime: a text takes one thread for some milliseconds. May be used from any
 * thread.
 */
final class OnnxEmbedder implements Embedder {
  /** Most tokens of the models; a longer text is truncated. */
  private static final int LIMIT = 512;

  private final String name;
  private final WordPiece wordPiece;
  private final OrtSession session;
  private final int dimensions;
  // A native session that is closed while it runs ends the process.
  private final ReadWriteLock open = new ReentrantReadWriteLock();
  private boolean closed;

  private OnnxEmbedder(String name, WordPiece wordPiece, OrtSession session, int dimensions) {
    this.name = name;
    this.wordPiece = wordPiece;
    this.session = session;
    this.dimensions = dimensions;
  }

  /**
   * @param name of the files on the class path, such as {@code bge-small-zh-v1.5-q}
   * @param natives where the native libraries are kept
   */
  static OnnxEmbedder load(String name, Path natives) {
    OnnxNatives.load(natives);
    try (InputStream tokenizer = resource(name + "-tokenizer.json");
        OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // One thread per inference: several questions run concurrently.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      // No memory arena: it never releases the memory of the longest text.
      options.setCPUArenaAllocator(false);
      options.setMemoryPatternOptimization(false);
      WordPiece wordPiece = WordPiece.read(tokenizer);
      OrtSession session = OrtEnvironment.getEnvironment().createSession(model(name), options);
      try (OrtSession.Result result = run(session, new long[] {101, 102})) {
        long[] shape = ((OnnxTensor) result.get(0)).getInfo().getShape();
        return new OnnxEmbedder(name, wordPiece, session, (int) shape[2]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException(name + " not loaded: " + e.getMessage(), e);
    }
  }

  /** Outside the heap, which may be smaller than a model. */
  private static ByteBuffer model(String name) throws IOException {
    URLConnection model = url(name + ".onnx").openConnection();
    ByteBuffer bytes = ByteBuffer.allocateDirect(model.getContentLength());
    try (ReadableByteChannel channel = Channels.newChannel(model.getInputStream())) {
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    }
    return bytes.flip();
  }

  private static InputStream resource(String file) throws IOException {
    return url(file).openStream();
  }

  private static URL url(String file) throws IOException {
    URL url = OnnxEmbedder.class.getResource("/" + file);
    if (url == null) throw new IOException(file + " is not on the class path");
    return url;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int dimensions() {
    return dimensions;
  }

  @Override
  public float[] embed(String text) {
    open.readLock().lock();
    try {
      if (closed) throw new IllegalStateException(name + " is closed");
      try (OrtSession.Result result = run(session, wordPiece.encode(text, LIMIT))) {
        FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
        // CLS pooling: the first token represents the whole text.
        float[] vector = new float[dimensions];
        hidden.get(vector);
        return normalized(vector);
      }
    } catch (OrtException e) {
      throw new IllegalStateException(name + " failed: " + e.getMessage(), e);
    } finally {
      open.readLock().unlock();
    }
  }

  @Override
  public boolean knows(String word) {
    return wordPiece.knows(word);
  }

  private static OrtSession.Result run(OrtSession session, long[] ids) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {1, ids.length};
    long[] attended = new long[ids.length];
    Arrays.fill(attended, 1);
    try (OnnxTensor tokens = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(attended), shape);
        OnnxTensor types = OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[ids.length]), shape)) {
      return session.run(Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types));
    }
  }

  private static float[] normalized(float[] vector) {
    double sum = 0;
    for (float x : vector) sum += x * x;
    float scale = (float) (1 / Math.sqrt(Math.max(sum, 1e-12)));
    for (int i = 0; i < vector.length; i++) vector[i] *= scale;
    return vector;
  }

  @Override
  public void close() {
    open.writeLock().lock();
    try {
      if (closed) return;
      closed = true;
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(name + " not closed: " + e.getMessage(), e);
    } finally {
      open.writeLock().unlock();
    }
  }
}
