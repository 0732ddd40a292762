package dev.magpie.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results as a table, as JSON and as a chart. */
final class Report {
  private static final String BROADCAST = "100/s to 1000, us";

  private final Results results;
  private final String reference;
  private final Path folder;

  Report(Results results, String reference, Path folder) {
    this.results = results;
    this.reference = reference;
    this.folder = folder;
  }

  /** Medians, and their ratios to the reference. */
  String table() {
    StringBuilder table = new StringBuilder("\n" + machine() + "\n\n| figure |");
    results.peers().forEach(peer -> table.append(' ').append(peer).append(" |"));
    table.append("\n|---|").append("---|".repeat(results.peers().size())).append('\n');
    for (String figure : results.figures()) {
      table.append("| ").append(figure).append(" |");
      Double base = results.median(reference, figure);
      for (String peer : results.peers()) {
        Double value = results.median(peer, figure);
        if (value == null) table.append(" – |");
        else if (base == null || base == 0 || peer.equals(reference)) table.append(String.format(Locale.ROOT, " %s |", number(value)));
        else table.append(String.format(Locale.ROOT, " %s (%.2f ×) |", number(value), value / base));
      }
      table.append('\n');
    }
    return table.toString();
  }

  void write() throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("machine", machine());
    json.put("date", java.time.LocalDate.now().toString());
    json.put("reference", reference);
    json.put("results", results.all());
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(folder.resolve("results.json").toFile(), json);
    Files.writeString(folder.resolve("table.md"), table());
    Files.writeString(folder.resolve("chart.svg"), chart());
    Benchmark.say("written: " + folder.resolve("results.json") + ", table.md, chart.svg");
  }

  /** Bars: processor time for a delivery. */
  private String chart() {
    List<String> peers = results.peers().stream().filter(peer -> results.median(peer, BROADCAST) != null).toList();
    double most = peers.stream().mapToDouble(peer -> results.median(peer, BROADCAST)).max().orElse(1);
    StringBuilder svg = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"" + (60 + 32 * peers.size())
        + "\" font-family=\"sans-serif\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        + "<text x=\"10\" y=\"24\" font-weight=\"bold\">Server CPU per delivery, 100 broadcasts/s to 1,000 connections (µs, less is "
        + "better)</text>\n");
    for (int i = 0; i < peers.size(); i++) {
      double value = results.median(peers.get(i), BROADCAST);
      int y = 44 + 32 * i;
      svg.append(String.format(Locale.ROOT,
          "<text x=\"200\" y=\"%d\" text-anchor=\"end\">%s</text><rect x=\"210\" y=\"%d\" width=\"%.0f\" height=\"22\" fill=\"%s\"/><text "
          + "x=\"%.0f\" y=\"%d\">%.2f</text>%n",
          y + 16, peers.get(i), y, value / most * 460, peers.get(i).startsWith("magpie") ? "#2a6f97" : "#b0b7bf", 218 + value / most * 460,
          y + 16, value));
    }
    return svg.append("</svg>\n").toString();
  }

  private static String number(double value) {
    if (value >= 100) return String.format(Locale.ROOT, "%.0f", value);
    return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
  }

  private static String machine() {
    String processor = "unknown processor";
    try {
      processor = Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(line -> line.startsWith("model name")).findFirst()
          .orElse(": " + processor).split(": *", 2)[1];
    } catch (IOException unreadable) {
      // It is said so.
    }
    return Runtime.getRuntime().availableProcessors() + " processors (" + processor + "), Linux " + System.getProperty("os.version")
        + ", Java " + Runtime.version() + ", "
        + java.time.LocalDate.now();
  }
}
