package io.twinroot.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;

/** A {@link LoadCurve} as two panels over time: disk use, and how long writes took. */
final class LoadPicture {
    private static final int WIDTH = 1200;
    private static final int PANEL = 380;
    private static final int LEFT = 90;
    private static final int RIGHT = 30;
    private static final int TOP = 70;
    private static final int GAP = 90;
    private static final double MIB = 1 << 20;
    private static final Color GRID = new Color(0xdddddd);
    private static final Color BLUE = new Color(0x1f5fa8);
    private static final Color GREEN = new Color(0x2a8a3e);
    private static final Color RED = new Color(0xc03030);

    private final BufferedImage image =
            new BufferedImage(WIDTH, TOP + 2 * PANEL + GAP + 60, BufferedImage.TYPE_INT_RGB);
    private final Graphics2D pen = image.createGraphics();
    private final List<LoadCurve.Second> seconds;

    private record Line(String name, Color color, boolean dashed, ToDoubleFunction<LoadCurve.Second> value) {}

    /** Where a panel is, and which values are at its bottom and top. */
    private record Scale(int top, double low, double high, boolean logarithmic) {
        double y(double value) {
            double part = logarithmic
                    ? (Math.log10(Math.max(value, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))
                    : (value - low) / (high - low);
            return top + PANEL * (1 - Math.clamp(part, 0, 1));
        }

        List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            if (logarithmic) {
                for (double tick = low; tick <= high * 1.01; tick *= 10) {
                    ticks.add(tick);
                }
            } else {
                for (double tick = low; tick <= high * 1.001; tick += step(high)) {
                    ticks.add(tick);
                }
            }
            return ticks;
        }
    }

    private LoadPicture(List<LoadCurve.Second> seconds) {
        this.seconds = seconds;
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        pen.setColor(Color.WHITE);
        pen.fillRect(0, 0, image.getWidth(), image.getHeight());
    }

    static LoadPicture of(LoadCurve curve) {
        LoadPicture picture = new LoadPicture(curve.seconds());
        picture.disk();
        picture.times();
        return picture;
    }

    void write(Path file) throws IOException {
        ImageIO.write(image, "png", file.toFile());
    }

    private void disk() {
        List<Line> lines = List.of(
                new Line("disk use", BLUE, false, second -> second.diskBytes() / MIB),
                new Line("live data", GREEN, false, second -> second.liveBytes() / MIB),
                new Line("2.5 × live data", RED, true, second -> 2.5 * second.liveBytes() / MIB));
        double most = lines.stream().mapToDouble(this::most).max().orElse(1);
        Scale scale = new Scale(TOP, 0, Math.ceil(most / step(most)) * step(most), false);
        panel("Disk use under a steady load of overwrites, inserts and deletes (MiB)", scale, lines);
    }

    private void times() {
        List<Line> lines = List.of(
                new Line("max", RED, false, second -> second.ms(1)),
                new Line("p99", BLUE, false, second -> second.ms(0.99)),
                new Line("p50", GREEN, false, second -> second.ms(0.5)));
        double most = Math.max(10, most(lines.getFirst()));
        Scale scale = new Scale(TOP + PANEL + GAP, 0.1, Math.pow(10, Math.ceil(Math.log10(most))), true);
        panel("Time of acknowledged writes, of each second (ms, logarithmic)", scale, lines);
    }

    private double most(Line line) {
        return seconds.stream().mapToDouble(line.value()).max().orElse(1);
    }

    /** A round number that goes into a length some 4 to 8 times. */
    private static double step(double length) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(length, 1e-9))));
        double first = length / power;
        return power * (first < 2 ? 0.25 : first < 4 ? 0.5 : 1);
    }

    private double x(int second) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (second / (double) Math.max(1, seconds.size()));
    }

    private void panel(String title, Scale scale, List<Line> lines) {
        pen.setColor(Color.BLACK);
        pen.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
        pen.drawString(title, LEFT, scale.top() - 34);
        pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        pen.setStroke(new BasicStroke(1));
        for (double tick : scale.ticks()) {
            int y = (int) scale.y(tick);
            pen.setColor(GRID);
            pen.drawLine(LEFT, y, WIDTH - RIGHT, y);
            pen.setColor(Color.BLACK);
            right(
                    tick < 1 && tick > 0 ? String.valueOf(tick) : String.format(Locale.ROOT, "%,.0f", tick),
                    LEFT - 8,
                    y + 5);
        }
        double step = Math.max(1, step(seconds.size()));
        for (double second = 0; second <= seconds.size(); second += step) {
            int x = (int) x((int) second);
            pen.setColor(GRID);
            pen.drawLine(x, scale.top(), x, scale.top() + PANEL);
            pen.setColor(Color.BLACK);
            pen.drawString(String.format(Locale.ROOT, "%.0f s", second), x - 12, scale.top() + PANEL + 20);
        }
        pen.setColor(Color.BLACK);
        pen.drawRect(LEFT, scale.top(), WIDTH - LEFT - RIGHT, PANEL);
        int legend = LEFT;
        for (Line line : lines) {
            draw(scale, line);
            pen.drawLine(legend, scale.top() - 14, legend + 30, scale.top() - 14);
            pen.setColor(Color.BLACK);
            pen.drawString(line.name(), legend + 38, scale.top() - 9);
            legend += 38 + pen.getFontMetrics().stringWidth(line.name()) + 30;
        }
    }

    private void draw(Scale scale, Line line) {
        Path2D path = new Path2D.Double();
        for (int i = 0; i < seconds.size(); i++) {
            double y = scale.y(line.value().applyAsDouble(seconds.get(i)));
            if (i == 0) {
                path.moveTo(x(1), y);
            } else {
                path.lineTo(x(i + 1), y);
            }
        }
        pen.setColor(line.color());
        pen.setStroke(
                line.dashed()
                        ? new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {8, 6}, 0)
                        : new BasicStroke(2));
        pen.draw(path);
    }

    private void right(String text, int x, int y) {
        pen.drawString(text, x - pen.getFontMetrics().stringWidth(text), y);
    }
}
