package org.apache.hadoop.hive.llap.security;

/** A name that Hive's list of functions mentions and pyspark leaves out; nothing here calls it. */
public interface LlapSigner {
    interface Signable {}

    class SignedMessage {}
}
