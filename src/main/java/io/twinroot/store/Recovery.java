package io.twinroot.store;

import io.twinroot.log.ChangeLog;
import io.twinroot.log.Damage;
import io.twinroot.log.Frame;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Incarnation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the view to the end of the log: from the files where they are good, else from the beginning.
 *
 * <p>From the beginning it is a {@link Rebuild}.
 */
final class Recovery {
    private static final String ENDS_EARLY = "the log ends before what the view had of it";

    private final ChangeLog log;
    private final ViewDirectory directory;
    private final StoreOptions options;
    private final List<String> findings = new ArrayList<>();
    private final List<Damage> damages = new ArrayList<>();
    private List<TableWork> doubtful = List.of();
    private boolean rebuilt;
    private long frames;
    private BooleanSupplier isStopped = () -> false;

    private Recovery(ChangeLog log, ViewDirectory directory, StoreOptions options) {
        this.log = log;
        this.directory = directory;
        this.options = options;
    }

    /**
     * A view, and how it came about.
     *
     * @param doubtful tables of which an opening before met damage, and did not come to say what that means
     */
    record Result(View view, RecoveryReport report, List<TableWork> doubtful) {}

    static Result run(ChangeLog log, ViewDirectory directory, StoreOptions options) throws IOException {
        Recovery recovery = new Recovery(log, directory, options);
        if (log.cut().bytes() > 0) {
            recovery.findings.add("cut " + log.cut().bytes() + " bytes off the log at "
                    + log.cut().at() + ": " + log.cut().why());
        }
        recovery.findings.addAll(log.notes());
        View view = recovery.view();
        if (recovery.damages.size() > 1) { // the others say it better
            recovery.damages.removeIf(damage -> damage.why().equals(ENDS_EARLY));
        }
        return new Result(
                view,
                new RecoveryReport(recovery.findings, recovery.rebuilt, recovery.frames, log.cut(), recovery.damages),
                recovery.doubtful);
    }

    /** The log position that the manifest names; null where there is no good manifest. */
    static @Nullable LogPosition position(ViewDirectory directory) throws IOException {
        byte[] bytes = directory.readManifest();
        try {
            return bytes == null ? null : Manifest.decode(bytes).position();
        } catch (RuntimeException e) {
            return null; // found and reported when the view is opened
        }
    }

    private View view() throws IOException {
        byte[] bytes = directory.readManifest();
        if (bytes != null) {
            try {
                View view = restore(bytes);
                doubtful = view.tables().stream().filter(TableWork::isDoubtful).toList();
                frames = log.scan(view.saved(), new Replay(view));
                view.publish();
                return view;
            } catch (Unusable | StoreException e) {
                if (e instanceof StoreException known && known.kind() != StoreException.Kind.DAMAGED) {
                    throw e;
                }
                doubtful = List.of(); // all damage is met again
                findings.add("made the view again from the log: " + e.getMessage());
            }
        }
        directory.forget();
        directory.keepOnly(List.of());
        damages.removeIf(damage -> !damage.why().equals(ENDS_EARLY));
        View view = new View(directory, options, log.begin());
        frames = 0;
        if (bytes == null && log.bytes() <= options.overlayBytes() / 64) {
            frames = log.scanAll(new Replay(view));
            view.publish();
            return view;
        }
        if (bytes == null) {
            findings.add("made the view again from the log: there was no manifest");
        }
        return rebuild(view, log.end());
    }

    /**
     * A view that was made beside the one in use.
     *
     * @param position all frames before it are in the view
     * @param damages what was met in the log
     */
    record Remade(View view, LogPosition position, List<Damage> damages) {
        /** The same with the frames up to another position. On the thread that owns the view. */
        Remade caughtUp(ChangeLog log, ViewDirectory directory, StoreOptions options, LogPosition to) {
            Recovery recovery = new Recovery(log, directory, options);
            recovery.damages.addAll(damages);
            log.scan(position, to, recovery.new Replay(view));
            return new Remade(view, to, List.copyOf(recovery.damages));
        }
    }

    /**
     * Makes a view from the whole log while the one in use stays as it is. No segment of the log may be dropped
     * meanwhile, and no other file of the view be written.
     *
     * @param tables that there are: what damage took of their definitions is known here
     * @param end of the log
     */
    static Remade remake(
            ChangeLog log,
            ViewDirectory directory,
            StoreOptions options,
            Collection<TableWork> tables,
            LogPosition end,
            BooleanSupplier isStopped)
            throws IOException {
        Recovery recovery = new Recovery(log, directory, options);
        recovery.isStopped = isStopped;
        View view = new View(directory, options, log.begin());
        tables.forEach(table -> view.define(table.id(), table.name(), table.rules()));
        View made = recovery.rebuild(view, end);
        return new Remade(made, end, List.copyOf(recovery.damages));
    }

    /** The files are not what the manifest says, or the manifest itself is damaged. */
    private static final class Unusable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unusable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private View restore(byte[] bytes) throws IOException {
        Manifest manifest;
        try {
            manifest = Manifest.decode(bytes);
        } catch (RuntimeException e) {
            throw new Unusable("the manifest is damaged (" + e.getMessage() + ")", e);
        }
        if (manifest.saltId() != options.salt().id()) {
            throw new Unusable("the trees had another salt", null);
        }
        if (!log.reaches(manifest.position())) {
            damages.add(new Damage(log.end(), 0, ENDS_EARLY, true, null));
            throw new Unusable(
                    "the view has log position " + manifest.position() + " and the log ends at " + log.end()
                            + ", so acknowledged writes may be lost",
                    null);
        }
        List<LayerFile> files = new ArrayList<>();
        for (LayerFile.Listed listed : manifest.layers()) {
            files.add(open(listed));
        }
        View view = new View(directory, options, manifest.position());
        try {
            view.restore(manifest, files);
        } catch (RuntimeException e) {
            throw new Unusable("the view's files do not fit the manifest (" + e.getMessage() + ")", e);
        }
        directory.keepOnly(files);
        return view;
    }

    private LayerFile open(LayerFile.Listed listed) throws IOException {
        Path file = directory.file(listed.name());
        if (Files.notExists(file)) {
            throw new Unusable("file " + listed.name() + " is missing", null);
        }
        if (Files.size(file) != listed.length()) {
            throw new Unusable(
                    "file " + listed.name() + " has " + Files.size(file) + " bytes, not " + listed.length(), null);
        }
        if (ViewDirectory.checksum(file) != listed.checksum()) {
            throw new Unusable("the checksum of file " + listed.name() + " is wrong", null);
        }
        try {
            return LayerFile.open(listed, directory);
        } catch (RuntimeException | InternalError | AssertionError e) {
            throw new Unusable("file " + listed.name() + " does not open (" + e.getMessage() + ")", e);
        }
    }

    /** What damage was met, and what it means for the row that lay there. */
    private abstract class Reading implements ChangeLog.Visitor {
        private static final Incarnation NOBODY = new Incarnation(0, 0);

        final View view;
        private long segment;

        Reading(View view) {
            this.view = view;
        }

        /** Says who wrote what comes now. */
        final void at(LogPosition position) {
            if (position.segment() != segment && !position.isBase()) {
                segment = position.segment();
                view.writes(log.incarnation(segment).orElse(NOBODY));
            }
        }

        @Override
        public void damage(Damage damage) {
            if (damage.mayBeWrite()) {
                damages.add(damage);
                doubt(damage.row());
            } else {
                findings.add("log position " + damage.at() + " is damaged (" + damage.why() + "); no write lay there");
            }
            Frame.Lost row = damage.row();
            if (row != null && view.byNumber(row.table()) != null) {
                frame(damage.at(), (int) damage.bytes(), row);
            }
        }

        private void doubt(Frame.@Nullable Lost row) {
            TableWork table = row == null ? null : view.byNumber(row.table());
            if (table != null) {
                table.doubt();
            } else {
                view.tables().forEach(TableWork::doubt);
            }
        }
    }

    /** Applies the frames that the files do not have. */
    private final class Replay extends Reading {
        private final long[] count = {0};

        Replay(View view) {
            super(view);
        }

        @Override
        public void frame(LogPosition at, int bytes, Frame frame) {
            at(at);
            if (isFull(view, count)) {
                view.install(view.write(view.freeze(at)));
            }
            view.read(at, bytes, frame, (table, uid, row) -> table.put(uid, table.held(uid), row));
        }
    }

    /** Looks at the memory from time to time. */
    private static boolean isFull(View view, long[] count) {
        count[0]++;
        return count[0] % 64 == 0 && view.cells() >= view.cellsMax();
    }

    private View rebuild(View view, LogPosition end) throws IOException {
        rebuilt = true;
        try (Rebuild rebuild = new Rebuild(view, options.overlayBytes())) {
            frames = log.scanAll(end, new Reading(view) {
                @Override
                public void frame(LogPosition at, int bytes, Frame frame) {
                    if (isStopped.getAsBoolean()) {
                        throw Committer.closed();
                    }
                    at(at);
                    rebuild.frame(at, bytes, frame);
                }
            });
            List<LayerFile> made = new ArrayList<>();
            Manifest manifest = rebuild.finish(end, made);
            View result = new View(directory, options, end);
            result.restore(manifest, made);
            return result;
        }
    }
}
