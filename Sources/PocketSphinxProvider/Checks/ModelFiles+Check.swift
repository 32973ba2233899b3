extension ModelFiles {
    /// Looks for damage that the library would crash on, or not report.
    ///
    /// What the library reports by itself is left to it. Reads every file once.
    package func check() throws(DamagedModel) {
        let definition = try checkModelDefinition("\(hmm)/mdef")
        let means = try ParameterFile.gaussians("\(hmm)/means")
        _ = try ParameterFile.gaussians("\(hmm)/variances")
        try checkTransitions(definition)
        if isFile("\(hmm)/sendump") {
            try checkSenoneDump("\(hmm)/sendump", senones: definition?.senones, densities: means?.dimensions[2])
        } else {
            try checkMixtureWeights(definition, means)
        }
        if isFile("\(hmm)/feature_transform") { _ = try ParameterFile.array("\(hmm)/feature_transform") }
        if isFile("\(hmm)/feat.params") { try checkFeatureParameters("\(hmm)/feat.params") }
        if isFile("\(hmm)/noisedict") { try checkFillers("\(hmm)/noisedict") }
        try checkLanguageModel(lm)
        _ = try checkText(dict)
    }

    private func checkTransitions(_ definition: ModelDefinition?) throws(DamagedModel) {
        let path = "\(hmm)/transition_matrices"
        guard let matrices = try ParameterFile.array(path), let definition else { return }
        guard matrices.dimensions[0] >= definition.transitionMatrices, matrices.dimensions[1] == definition.states
        else {
            throw DamagedModel(path, "its matrices do not fit the file mdef")
        }
    }

    private func checkMixtureWeights(_ definition: ModelDefinition?, _ means: ParameterFile?) throws(DamagedModel) {
        let path = "\(hmm)/mixture_weights"
        guard let weights = try ParameterFile.array(path) else { return }
        if let definition, weights.dimensions[0] != definition.senones {
            throw DamagedModel(path, "it is for \(weights.dimensions[0]) senones, the model has \(definition.senones)")
        }
        if let means, weights.dimensions[2] != means.dimensions[2] {
            throw DamagedModel(
                path, "it is for \(weights.dimensions[2]) densities, the model has \(means.dimensions[2])")
        }
    }

    /// Why a model that the library has loaded is damaged all the same; nil if it is not.
    ///
    /// The library logs an error and goes on where, for instance, the words of a language model are
    /// not as many as it says. Words of a dictionary that it leaves out are no damage, as a general
    /// dictionary may serve a model with fewer phones, unless they are most of it.
    package func complaint(in log: LibraryLog) -> String? {
        if log.errorCount > 0 { return log.summary }
        let accepted = log.acceptedWords ?? 0
        if accepted == 0 || log.ignoredWords > accepted {
            return "\(dict) is damaged or for another model, \(accepted) of its words can be used: \(log.summary)"
        }
        return nil
    }
}
