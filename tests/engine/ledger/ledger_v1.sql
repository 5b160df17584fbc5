-- A ledger of version 1, dumped by SQLite from one that figmill 0.1.0 wrote.
BEGIN TRANSACTION;
CREATE TABLE attempts (
    key TEXT NOT NULL,
    run INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at REAL NOT NULL,
    seconds REAL NOT NULL,
    category TEXT NOT NULL,
    message TEXT NOT NULL
);
INSERT INTO "attempts" VALUES('c',1,1,1.79584202540921139719e+09,5.3981699966243468225e-04,'invalid-input','c.dat: not a table');
CREATE TABLE facts (key TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "facts" VALUES('a','{"n":1}');
INSERT INTO "facts" VALUES('b','{"n":1}');
CREATE TABLE failures (
    key TEXT PRIMARY KEY,
    hint TEXT NOT NULL,
    error_type TEXT NOT NULL,
    traceback TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "failures" VALUES('c','Fetch it again.','InputError','Traceback');
CREATE TABLE items (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    parameters TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '[]',
    imported INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    interruptions INTEGER NOT NULL DEFAULT 0,
    category TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    seconds REAL NOT NULL DEFAULT 0,
    peak_memory INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO "items" VALUES('a',0,'done','figmill 0.1.0, toy 3, png pdf','{"dpi":200}','[["{IN}/a.dat", 1, 1000000000000000000, "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f"]]','[["x/a.png", 8, 1000000000000000000, "8c6e320c4dab7a082edea6590caeaf357ed761f3c081db8f972a47435fe51743"], ["x/a.pdf", 8, 1000000000000000000, "a81ff7943d409b47fc632e1f70fe975689f5388afdc41a049a1cfc6e83187d6b"], ["x/a.csv", 3, 1000000000000000000, "acda8dbc82904b1de2aea836397d2240cbacb8e6cb253f1191f9db1b25d9ca77"]]',0,1,0,'','noted',2.0809819998248713091e-03,0,1,1795842025.4064);
INSERT INTO "items" VALUES('b',1,'done','figmill 0.1.0, toy 3, png pdf','{"dpi":200}','[["{IN}/b.dat", 1, 1000000000000000000, "10e5cf3d3c8a4f9f3468c8cc58eea84892a22fdadbc1acb22410190044c1d553"]]','[["x/b.png", 8, 1000000000000000000, "737404187b3be2da7d087781889f4836844be473d496c298e1fc80037c083d4d"], ["x/b.pdf", 8, 1000000000000000000, "584eb0f603ef9f34ab2382471fe6059040c95718e3ddcdd28e3dedee979ba29e"], ["x/b.csv", 3, 1000000000000000000, "acda8dbc82904b1de2aea836397d2240cbacb8e6cb253f1191f9db1b25d9ca77"]]',0,1,0,'','noted',8.64104000356746837496e-04,0,1,1.79584202540831017495e+09);
INSERT INTO "items" VALUES('c',2,'failed','figmill 0.1.0, toy 3, png pdf','{"dpi":200}','[["{IN}/c.dat", 1, 1000000000000000000, "ea7aa1fc9efdbe106dbb70369a75e9671fa29d52bd55536711bf197477b8f021"]]','[]',0,1,0,'invalid-input','c.dat: not a table',5.3981699966243468225e-04,0,1,1.79584202540926146512e+09);
INSERT INTO "items" VALUES('d',3,'no_data','figmill 0.1.0, toy 3, png pdf','{"dpi":200}','[["{IN}/d.dat", 1, 1000000000000000000, "d5ede538f628f687e5e0422c7755b503653de2dcd7053ca8791afa5d4787d843"]]','[]',0,1,0,'','all fill',8.2477999967522919178e-05,0,1,1.79584202540975022312e+09);
CREATE TABLE owners (path TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "owners" VALUES('x/a.csv','a');
INSERT INTO "owners" VALUES('x/a.pdf','a');
INSERT INTO "owners" VALUES('x/a.png','a');
INSERT INTO "owners" VALUES('x/b.csv','b');
INSERT INTO "owners" VALUES('x/b.pdf','b');
INSERT INTO "owners" VALUES('x/b.png','b');
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started REAL NOT NULL,
    ended REAL,
    version TEXT NOT NULL,
    workers INTEGER NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    interrupted INTEGER NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO "runs" VALUES(1,1.79584202540249729157e+09,1.79584202541002750392e+09,'figmill 0.1.0, toy 3, png pdf',1,'host',14517,0,'{"done": 2, "no_data": 1, "failed": 1, "skipped": 0, "planned": 0}');
INSERT INTO "runs" VALUES(2,1.79584202541249513627e+09,1.79584202541466784477e+09,'figmill 0.1.0, toy 3, png pdf',1,'host',14517,0,'{"done": 0, "no_data": 0, "failed": 0, "skipped": 4, "planned": 0}');
CREATE TABLE states (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE INDEX unfinished ON items (state) WHERE state NOT IN ('done', 'no_data');
CREATE INDEX attempts_of ON attempts (key);
COMMIT;
PRAGMA application_id = 1181312845;
PRAGMA user_version = 1;
