import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.ql.Driver;
import org.apache.hadoop.hive.ql.metadata.Hive;
import org.apache.hadoop.hive.ql.processors.CommandProcessorResponse;
import org.apache.hadoop.hive.ql.session.SessionState;

/**
 * Runs statements by Hive itself, with a metastore in memory, s3://BUCKET/KEY being FOLDER/BUCKET/KEY.
 *
 * <p>HiveOnFolder FOLDER FILE: FILE has statements, parted by lines of a lone semicolon; rows go to standard output. Ends with 1 at the
 * first that Hive refuses, its reason on standard output.
 */
public class HiveOnFolder {
    /** Objects are files of a folder. */
    public static class Bucket extends RawLocalFileSystem {
        static String root;
        private URI uri;

        @Override
        public void initialize(URI name, Configuration conf) throws IOException {
            super.initialize(name, conf);
            uri = URI.create("s3://" + name.getHost());
        }

        @Override
        public URI getUri() {
            return uri == null ? URI.create("s3:///") : uri;
        }

        @Override
        public File pathToFile(Path path) {
            return new File(root + "/" + uri.getHost() + path.toUri().getPath());
        }

        @Override
        public Path makeQualified(Path path) {
            boolean bare = uri != null && path.isAbsolute() && path.toUri().getScheme() == null;
            return bare ? new Path(uri.toString() + path) : path;
        }

        @Override
        public FileStatus getFileStatus(Path path) throws IOException {
            File file = pathToFile(path);
            if (!file.exists()) {
                throw new FileNotFoundException(path.toString());
            }
            Path whole = new Path(uri + path.toUri().getPath());
            return new FileStatus(file.length(), file.isDirectory(), 1, 33554432L, file.lastModified(), whole);
        }

        @Override
        public FileStatus[] listStatus(Path path) throws IOException {
            FileStatus status = getFileStatus(path);
            if (status.isFile()) {
                return new FileStatus[] {status};
            }
            List<FileStatus> all = new ArrayList<>();
            for (String name : pathToFile(path).list()) {
                all.add(getFileStatus(new Path(path, name)));
            }
            return all.toArray(new FileStatus[0]);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Bucket.root = arguments[0];
        HiveConf conf = new HiveConf(HiveOnFolder.class);
        String own = Files.createTempDirectory(Paths.get(arguments[1]).toAbsolutePath().getParent(), "hive").toString();
        System.setProperty("derby.stream.error.file", own + "/derby.log");
        conf.set("javax.jdo.option.ConnectionURL", "jdbc:derby:memory:metastore;create=true");
        conf.set("datanucleus.schema.autoCreateAll", "true");
        conf.set("hive.metastore.schema.verification", "false");
        conf.set("hive.metastore.warehouse.dir", own + "/warehouse");
        conf.set("hive.exec.scratchdir", own + "/scratch");
        conf.set("hive.exec.local.scratchdir", own + "/local");
        conf.set("hive.querylog.location", own + "/log");
        conf.set("hive.stats.autogather", "false");
        // what needs jars that are not there: Calcite, and a cluster
        conf.set("hive.cbo.enable", "false");
        conf.set("hive.fetch.task.conversion", "more");
        conf.set("hive.fetch.task.conversion.threshold", "-1");
        conf.set("fs.s3.impl", Bucket.class.getName());
        conf.set("fs.s3.impl.disable.cache", "true");
        Hive.get(conf);
        SessionState.start(new SessionState(conf));
        SessionState.get().setIsSilent(true);
        Driver driver = new Driver(conf);
        driver.setMaxRows(1000);
        for (String sql : Files.readString(Paths.get(arguments[1])).split("\n;\n")) {
            CommandProcessorResponse response = driver.run(sql);
            if (response.getResponseCode() != 0) {
                System.out.println("refused: " + response.getErrorMessage());
                end(1);
            }
            List<String> some = new ArrayList<>();
            while (driver.getResults(some) && !some.isEmpty()) {
                some.forEach(System.out::println);
                some.clear();
            }
        }
        end(0);
    }

    /** Its threads would wait on. */
    private static void end(int status) {
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }
}
